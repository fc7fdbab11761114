//! The event simulation of scenario files and generated documents, through its public interface.

mod bits;
mod books;
mod course;
mod scaling;
mod support;
mod traces;
