//! Kinds at the door: balancer, gateway and reverse proxy.

use super::shared;
use crate::catalog::build::{WrittenKind, count, flag, number};
use crate::catalog::{Group, Kind, Parameter, Unit};

pub(super) const LOAD_BALANCER: WrittenKind = WrittenKind {
    kind: Kind::LoadBalancer,
    label: "Load balancer",
    summary: "Spreads requests over its targets by a policy.",
    group: Group::Edge,
    parameters: &[
        shared::BALANCING_POLICY,
        shared::HEALTH_CHECKS,
        shared::HEALTH_INTERVAL,
        shared::UNHEALTHY_AFTER,
        shared::HEALTHY_AFTER,
        shared::OUTLIER_EJECTION,
        shared::OUTLIER_FAILURES,
        shared::EJECTION_TIME,
        shared::MOST_EJECTED,
        shared::SLOW_START,
        number(Parameter::AddedLatency, "Added latency", Unit::Milliseconds, 1.5, 0.0, 1000.0)
            .help("What the extra hop through the balancer adds to every request, apart from waiting.")
            .recalled("managed balancer, 0.5 to 5 ms; no page gave a clean figure"),
        shared::INSTANCES
            .label("Nodes")
            .help("Equal nodes of the balancer itself; requests spread evenly over them.")
            .recalled("one managed balancer"),
        shared::CORES
            .with(4.0)
            .help("Processor cores of each node of the balancer.")
            .recalled("modelling choice: 4 cores"),
        shared::SERVICE_TIME
            .with(0.025)
            .help("Processor time to pass one request on.")
            .read("1 / 40,207 requests/s per core, HTTPS, 1 kB (NGINX test tables, nginx.com blog, transcribed at e-whisper.com/posts/56821)"),
        shared::INSTANCE_PRICE
            .with(16.43)
            .label("Price per node")
            .help("What one node of the balancer costs a month at the default cores; more cost in proportion.")
            .read("ALB: 0.0225 $/h in us-east-1 (aws.amazon.com/elasticloadbalancing/pricing 2026-09-29)"),
        shared::TRANSFER_PRICE
            .with(0.008)
            .label("Price per GB passed on")
            .help("What a gigabyte costs that passes through.")
            .read("ALB: 0.008 $ per capacity unit and hour, one of which covers 1 GB an hour (aws.amazon.com/elasticloadbalancing/pricing 2026)"),
        shared::AVAILABILITY.with(0.9999).help(shared::OF_PROVIDER).read("ELB SLA: 99.99 % (cloudonaut.io 2019-01-31)"),
    ],
};

pub(super) const API_GATEWAY: WrittenKind = WrittenKind {
    kind: Kind::ApiGateway,
    label: "API gateway",
    summary: "One door to many services: routes by class, authenticates and limits rates.",
    group: Group::Edge,
    parameters: &[
        shared::SERVICE_TIME
            .with(0.2)
            .help("Processor time to route one request.")
            .recalled("modelling choice: several times a plain proxy's, for it parses and transforms"),
        number(Parameter::AuthenticationTime, "Authentication time", Unit::Milliseconds, 0.3, 0.0, 10_000.0)
            .help("Processor time to check who asks, on every request; 0 when nobody is checked.")
            .recalled("modelling choice: verifying one signed token"),
        shared::CORES.help("Processor cores of each instance of the gateway."),
        shared::INSTANCES
            .with(2.0)
            .help("Equal instances of the gateway; requests spread evenly over them.")
            .recalled("modelling choice: two, so that one may fail"),
        shared::RATE_LIMIT,
        count(Parameter::BurstAllowance, "Burst allowance", 100.0, 1.0, 10_000_000.0)
            .help("Requests above the rate limit that are let through at once after a quiet spell; without effect while the rate is unlimited."),
        shared::BALANCING_POLICY,
        shared::HEALTH_CHECKS,
        shared::HEALTH_INTERVAL,
        shared::UNHEALTHY_AFTER,
        shared::HEALTHY_AFTER,
        shared::OUTLIER_EJECTION,
        shared::OUTLIER_FAILURES,
        shared::EJECTION_TIME,
        shared::MOST_EJECTED,
        shared::SLOW_START,
        shared::ERROR_SHARE,
        shared::MILLION_CALLS_PRICE
            .with(1.0)
            .read("AWS API Gateway, HTTP APIs: 1.00 $ per million, REST APIs 3.50 $ (go-cloud.io 2026)"),
        shared::INSTANCE_PRICE
            .with(0.0)
            .help("What one instance of the default size costs a month; 0 for a managed gateway that is paid by the call.")
            .recalled("managed gateways are paid by the call"),
        shared::AVAILABILITY.with(0.9995).help(shared::OF_PROVIDER).read("API Gateway SLA: 99.95 % (cloudonaut.io 2019-01-31)"),
    ],
};

pub(super) const REVERSE_PROXY: WrittenKind = WrittenKind {
    kind: Kind::ReverseProxy,
    label: "Reverse proxy",
    summary: "A web server that ends connections and passes requests on; may serve static files itself.",
    group: Group::Edge,
    parameters: &[
        shared::FIXED_INSTANCES,
        shared::CORES,
        shared::CORE_SPEED,
        shared::SERVICE_TIME
            .with(0.05)
            .help("Processor time to pass one request on and its answer back.")
            .recalled("modelling choice: twice the 0.025 ms that NGINX takes to answer 1 kB over HTTPS, for it talks to two sides"),
        shared::SERVICE_VARIABILITY,
        shared::THREADS
            .with(1024.0)
            .label("Connections")
            .help("Requests that each machine has in progress at once; a request keeps its place until the answer from behind has come back.")
            .recalled("modelling choice: 2 × NGINX's default of 512 worker connections"),
        shared::QUEUE_LIMIT,
        shared::BALANCING_POLICY,
        shared::HEALTH_CHECKS,
        shared::HEALTH_INTERVAL,
        shared::UNHEALTHY_AFTER,
        shared::HEALTHY_AFTER,
        shared::OUTLIER_EJECTION,
        shared::OUTLIER_FAILURES,
        shared::EJECTION_TIME,
        shared::MOST_EJECTED,
        shared::SLOW_START,
        flag(Parameter::ServesStatic, "Serves static files", true)
            .help("Answers static requests itself, unless a CDN or object storage behind it has them."),
        shared::STATIC_TIME.when_on(Parameter::ServesStatic),
        shared::ERROR_SHARE,
        shared::AUTOSCALING,
        shared::MINIMUM_INSTANCES,
        shared::MAXIMUM_INSTANCES,
        shared::SCALING_POLICY,
        shared::TARGET_UTILISATION,
        shared::UPPER_THRESHOLD,
        shared::LOWER_THRESHOLD,
        shared::STEP_WIDTH,
        shared::STEP_INSTANCES,
        shared::BOOT_TIME,
        shared::METRIC_WINDOW,
        shared::SCALING_COOLDOWN,
        shared::INSTANCE_PRICE,
        shared::AVAILABILITY,
    ],
};
