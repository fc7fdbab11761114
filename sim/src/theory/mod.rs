//! Closed-form and numeric results of queueing theory, as pure functions of numbers; knows nothing of scenarios,
//! components or networks.
//!
//! Times are in seconds and rates in 1/s unless a function says otherwise (any consistent unit of time works).
//! Transforms are Laplace-Stieltjes transforms `E[e^{-sX}]`. Input outside the stated range yields `None`, never NaN.

pub mod abandonment;
pub mod balancing;
pub mod batch;
pub mod batches;
pub mod breakdowns;
pub mod bursts;
pub mod cache;
pub mod closed;
pub mod complex;
pub mod finite_buffer;
pub mod finite_source;
pub mod fluid;
pub mod fork_join;
pub mod general_service;
pub mod multi_server;
pub mod outdated;
pub mod peakedness;
pub mod priority;
pub mod processor_sharing;
pub mod regular;
pub mod reliability;
pub mod renewal_loss;
pub mod resequencing;
pub mod retries;
pub mod scalability;
pub mod special;
pub mod staleness;
pub mod token_bucket;
pub mod transform;
pub mod transient;
