//! The price of a design beside its money: how much of the time it works, against closed forms, against what is simulated, and on the built-in
//! stages.

mod availability;
mod complexity;
mod consistency;
mod security;
mod support;
