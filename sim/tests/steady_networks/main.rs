//! Hand-built networks with known answers, solved as the app solves drawn ones.

mod balancing;
mod build;
mod closed;
mod full_pools;
mod jumps;
mod pools;
mod stations;
