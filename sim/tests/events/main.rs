//! The event simulation of scenario files and generated documents, through its public interface.

mod agreement;
mod balancing;
mod behind;
mod bits;
mod books;
mod build;
mod change;
mod course;
mod edits;
mod failover;
mod failures;
mod faults;
mod faults_changed;
mod faults_edited;
mod figures;
mod functions;
mod history;
mod hot_keys;
mod keys;
#[path = "../../examples/proof/measure/mod.rs"]
mod measure;
mod messages;
mod outdated;
mod pictures;
mod proof;
mod protection;
mod quorums;
mod replication;
mod scaling;
mod series;
mod shards;
mod shedding;
mod support;
mod targets;
mod traces;
mod traffic;
