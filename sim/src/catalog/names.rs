//! Names and codes by which files and links refer to kinds, parameters and choices; they know nothing of what is named.
//!
//! A code or name, once published, belongs to its meaning for ever: old links and files hold it. New entries take the next free code.

use super::{Choice, Kind, Parameter, ZoneKind};

macro_rules! names {
    ($type:ident { $($variant:ident $code:literal $name:literal,)* }) => {
        impl $type {
            /// All of them, in the order of their codes.
            pub const ALL: &'static [$type] = &[$($type::$variant),*];

            /// The name under which files have it.
            pub const fn name(self) -> &'static str {
                match self {
                    $($type::$variant => $name,)*
                }
            }

            /// The one of this name.
            pub fn from_name(name: &str) -> Option<$type> {
                match name {
                    $($name => Some($type::$variant),)*
                    _ => None,
                }
            }

            /// The number under which share links have it; never changes.
            pub const fn code(self) -> u8 {
                match self {
                    $($type::$variant => $code,)*
                }
            }

            /// The one of this code.
            pub const fn from_code(code: u8) -> Option<$type> {
                match code {
                    $($code => Some($type::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

names! {
    Kind {
        Clients 1 "clients",
        Dns 2 "dns",
        Cdn 3 "cdn",
        LoadBalancer 4 "load_balancer",
        ApiGateway 5 "api_gateway",
        ReverseProxy 6 "reverse_proxy",
        Service 7 "service",
        Function 8 "function",
        Worker 9 "worker",
        SqlPrimary 10 "sql_primary",
        ReadReplica 11 "read_replica",
        ShardedDatabase 12 "sharded_database",
        FederatedDatabase 13 "federated_database",
        KeyValueStore 14 "key_value_store",
        Cache 15 "cache",
        ObjectStorage 16 "object_storage",
        Queue 17 "queue",
        Topic 18 "topic",
        ThirdPartyApi 19 "third_party_api",
        SingleBox 20 "single_box",
        Station 21 "station",
    }
}

names! {
    ZoneKind {
        Region 1 "region",
        AvailabilityZone 2 "availability_zone",
        Vpc 3 "vpc",
        PublicSubnet 4 "public_subnet",
        PrivateSubnet 5 "private_subnet",
    }
}

names! {
    Parameter {
        Traffic 1 "traffic",
        RequestRate 2 "request_rate",
        ArrivalPattern 3 "arrival_pattern",
        Burstiness 4 "burstiness",
        BatchSize 5 "batch_size",
        NightShare 6 "night_share",
        Users 7 "users",
        ThinkTime 8 "think_time",
        ClientRoundTrip 9 "client_round_trip",
        Instances 10 "instances",
        Cores 11 "cores",
        CoreSpeed 12 "core_speed",
        Memory 13 "memory",
        Threads 14 "threads",
        QueueLimit 15 "queue_limit",
        ServiceTime 16 "service_time",
        ServiceVariability 17 "service_variability",
        ErrorShare 18 "error_share",
        InstancePrice 19 "instance_price",
        Autoscaling 20 "autoscaling",
        MinimumInstances 21 "minimum_instances",
        MaximumInstances 22 "maximum_instances",
        TargetUtilisation 23 "target_utilisation",
        BalancingPolicy 24 "balancing_policy",
        DnsPolicy 25 "dns_policy",
        TimeToLive 26 "time_to_live",
        LookupTime 27 "lookup_time",
        Resolvers 28 "resolvers",
        AddedLatency 29 "added_latency",
        AuthenticationTime 30 "authentication_time",
        RateLimit 31 "rate_limit",
        BurstAllowance 32 "burst_allowance",
        ServesStatic 33 "serves_static",
        EdgeLocations 34 "edge_locations",
        EdgeRoundTrip 35 "edge_round_trip",
        CacheSize 36 "cache_size",
        Eviction 37 "eviction",
        WriteMode 38 "write_mode",
        ConcurrencyLimit 39 "concurrency_limit",
        ColdStartTime 40 "cold_start_time",
        KeepAlive 41 "keep_alive",
        ReadTime 42 "read_time",
        WriteTime 43 "write_time",
        CommitTime 44 "commit_time",
        Connections 45 "connections",
        DiskChannels 46 "disk_channels",
        DiskReadTime 47 "disk_read_time",
        RowSize 48 "row_size",
        RowsPerRead 49 "rows_per_read",
        UnindexedShare 50 "unindexed_share",
        ScanTime 51 "scan_time",
        Indexes 52 "indexes",
        IndexOverhead 53 "index_overhead",
        JoinsPerRead 54 "joins_per_read",
        JoinTime 55 "join_time",
        Denormalised 56 "denormalised",
        CopiesPerWrite 57 "copies_per_write",
        Replication 58 "replication",
        ReplicationLag 59 "replication_lag",
        ReplayShare 60 "replay_share",
        Shards 61 "shards",
        ShardingScheme 62 "sharding_scheme",
        CrossShardShare 63 "cross_shard_share",
        RouterTime 64 "router_time",
        Databases 65 "databases",
        CrossDatabaseShare 66 "cross_database_share",
        ReplicationFactor 67 "replication_factor",
        ReadQuorum 68 "read_quorum",
        WriteQuorum 69 "write_quorum",
        StoredData 70 "stored_data",
        FirstByteTime 71 "first_byte_time",
        TransferSpeed 72 "transfer_speed",
        Prefixes 73 "prefixes",
        SendTime 74 "send_time",
        DeliveryTime 75 "delivery_time",
        DepthLimit 76 "depth_limit",
        ResponseTime 77 "response_time",
        ResponseVariability 78 "response_variability",
        WriteRateLimit 79 "write_rate_limit",
        MillionCallsPrice 80 "million_calls_price",
        GigabyteSecondsPrice 81 "gigabyte_seconds_price",
        StoragePrice 82 "storage_price",
        TransferPrice 83 "transfer_price",
        ApplicationTime 84 "application_time",
        StaticTime 85 "static_time",
        ThreadMemory 86 "thread_memory",
        Servers 87 "servers",
        Capacity 88 "capacity",
        ServiceDistribution 89 "service_distribution",
        Discipline 90 "discipline",
        Location 91 "location",
        BootTime 92 "boot_time",
        MetricWindow 93 "metric_window",
        ScalingCooldown 94 "scaling_cooldown",
        Coalescing 95 "coalescing",
        BurstFactor 96 "burst_factor",
        BurstLength 97 "burst_length",
        BurstShare 98 "burst_share",
        TrafficProfile 99 "traffic_profile",
        DayLength 100 "day_length",
        LowTraffic 101 "low_traffic",
        ChangeStart 102 "change_start",
        ChangeLength 103 "change_length",
        ScalingPolicy 104 "scaling_policy",
        UpperThreshold 105 "upper_threshold",
        LowerThreshold 106 "lower_threshold",
        StepWidth 107 "step_width",
        StepInstances 108 "step_instances",
        ReplayProcesses 109 "replay_processes",
        QueueTimeout 110 "queue_timeout",
        Shedding 111 "shedding",
        SheddingTarget 112 "shedding_target",
        SheddingInterval 113 "shedding_interval",
        Redelivery 114 "redelivery",
        VisibilityTimeout 115 "visibility_timeout",
        MaximumReceives 116 "maximum_receives",
        PoisonShare 117 "poison_share",
        AutomaticFailover 118 "automatic_failover",
        DetectionTime 119 "detection_time",
        PromotionTime 120 "promotion_time",
        HealthChecks 121 "health_checks",
        HealthInterval 122 "health_interval",
        UnhealthyAfter 123 "unhealthy_after",
        HealthyAfter 124 "healthy_after",
        OutlierEjection 125 "outlier_ejection",
        OutlierFailures 126 "outlier_failures",
        EjectionTime 127 "ejection_time",
        MostEjected 128 "most_ejected",
        SlowStart 129 "slow_start",
        WriteDelay 130 "write_delay",
        Availability 131 "availability",
        RepairTime 132 "repair_time",
    }
}

names! {
    Choice {
        Open 1 "open",
        Closed 2 "closed",
        Poisson 3 "poisson",
        Regular 4 "regular",
        Bursty 5 "bursty",
        RoundRobin 6 "round_robin",
        Weighted 7 "weighted",
        Random 8 "random",
        LeastConnections 9 "least_connections",
        TwoChoices 10 "two_choices",
        ConsistentHash 11 "consistent_hash",
        Failover 12 "failover",
        Nearest 13 "nearest",
        LeastRecentlyUsed 14 "least_recently_used",
        LeastFrequentlyUsed 15 "least_frequently_used",
        FirstInFirstOut 16 "first_in_first_out",
        CacheAside 17 "cache_aside",
        WriteThrough 18 "write_through",
        WriteBehind 19 "write_behind",
        Asynchronous 20 "asynchronous",
        Synchronous 21 "synchronous",
        Quorum 22 "quorum",
        ByHash 23 "by_hash",
        ByRange 24 "by_range",
        Exponential 25 "exponential",
        Deterministic 26 "deterministic",
        Erlang 27 "erlang",
        HyperExponential 28 "hyper_exponential",
        Gamma 29 "gamma",
        LogNormal 30 "log_normal",
        Pareto 31 "pareto",
        FirstComeFirstServed 32 "first_come_first_served",
        ProcessorSharing 33 "processor_sharing",
        Priority 34 "priority",
        PreemptivePriority 35 "preemptive_priority",
        Infinite 36 "infinite",
        UsEast 37 "us_east",
        UsWest 38 "us_west",
        Ireland 39 "ireland",
        Frankfurt 40 "frankfurt",
        Singapore 41 "singapore",
        Bursts 42 "bursts",
        Constant 43 "constant",
        Ramp 44 "ramp",
        Step 45 "step",
        Spike 46 "spike",
        Daily 47 "daily",
        TargetTracking 48 "target_tracking",
        StepScaling 49 "step_scaling",
        Off 50 "off",
        ControlledDelay 51 "controlled_delay",
        AdaptiveLastFirst 52 "adaptive_last_first",
        Curve 53 "curve",
    }
}
