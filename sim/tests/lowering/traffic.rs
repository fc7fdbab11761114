//! Clients, DNS, CDN, balancers, gateways, proxies and zones.

use crate::support::*;
use loadscape_sim::catalog::{Choice, Kind, Parameter, Value, ZoneKind};
use loadscape_sim::network::{
    Arrivals, Discipline, Dispatch, Expiry, Instances, Pattern, Profile, Remark, Role,
};
use loadscape_sim::scenario::{ClassId, CurvePoint, Rectangle, Zone, ZoneId};

#[test]
fn dns_is_asked_only_when_no_resolver_has_a_copy() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let service = drawing.below(clients, Kind::Service);
    let dns = drawing.below(clients, Kind::Dns);
    let route = drawing.compile();
    for (hit_ratio, asked) in [(1.0, 0.0), (0.75, 0.25), (0.0, 1.0)] {
        let visits = route.visits(READ, hit_ratio);
        close(route.arrivals(&visits, dns), asked);
        close(route.along(&visits, 2), asked);
        close(route.arrivals(&visits, service), 1.0);
    }
    let store = &route.compiled.network.stores[0];
    assert!(store.keys_are_shared, "one name for all classes");
    assert_eq!(store.copies, 50.0);
    assert!(matches!(store.expiry, Expiry::AfterFetch(time) if time.0 == 300.0));
}

#[test]
fn without_a_drawn_dns_nobody_looks_a_name_up() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    drawing.below(clients, Kind::Service);
    let route = drawing.compile();
    assert!(route.compiled.network.stores.is_empty());
}

#[test]
fn dns_answers_by_its_policy() {
    let shares = |policy: Choice| {
        let mut drawing = Drawing::new();
        let clients = drawing.add(Kind::Clients);
        let first = drawing.below(clients, Kind::Service);
        drawing.last_link().weight = 3.0;
        drawing.last_link().round_trip_seconds = Some(0.08);
        let second = drawing.below(clients, Kind::Service);
        drawing.number(second, Parameter::Instances, 4.0);
        drawing.last_link().round_trip_seconds = Some(0.02);
        let dns = drawing.below(clients, Kind::Dns);
        drawing.choose(dns, Parameter::DnsPolicy, policy);
        let route = drawing.compile();
        let visits = route.visits(READ, 1.0);
        (
            route.arrivals(&visits, first),
            route.arrivals(&visits, second),
        )
    };
    assert_eq!(
        shares(Choice::RoundRobin),
        (0.2, 0.8),
        "by address, of which an instance has one each"
    );
    assert_eq!(shares(Choice::Weighted), (0.75, 0.25));
    assert_eq!(shares(Choice::Failover), (1.0, 0.0));
    assert_eq!(shares(Choice::Nearest), (0.0, 1.0));
}

#[test]
fn clients_without_anything_to_spread_them_reach_one_instance_only() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let service = drawing.below(clients, Kind::Service);
    drawing.number(service, Parameter::Instances, 3.0);
    let route = drawing.compile();
    assert_eq!(
        route.station(service, Role::Cores).dispatch,
        Dispatch::Shares(vec![1.0, 0.0, 0.0])
    );
    assert!(
        route
            .compiled
            .notes
            .iter()
            .any(|note| note.about == Remark::OnlyFirstInstance)
    );
    drawing.below(clients, Kind::Dns);
    let route = drawing.compile();
    assert_eq!(
        route.station(service, Role::Cores).dispatch,
        Dispatch::Random
    );
}

#[test]
fn a_balancer_gives_its_policy_to_its_targets() {
    for (choice, dispatch) in [
        (Choice::RoundRobin, Dispatch::RoundRobin),
        (Choice::Weighted, Dispatch::RoundRobin),
        (Choice::Random, Dispatch::Random),
        (Choice::LeastConnections, Dispatch::LeastConnections),
        (Choice::TwoChoices, Dispatch::TwoChoices),
    ] {
        let mut drawing = Drawing::new();
        let clients = drawing.add(Kind::Clients);
        let balancer = drawing.below(clients, Kind::LoadBalancer);
        drawing.choose(balancer, Parameter::BalancingPolicy, choice);
        let service = drawing.below(balancer, Kind::Service);
        drawing.number(service, Parameter::Instances, 5.0);
        let route = drawing.compile();
        for role in [Role::Cores, Role::Threads] {
            assert_eq!(route.station(service, role).dispatch, dispatch);
            assert_eq!(route.station(service, role).instances, Instances::Fixed(5));
        }
    }
}

#[test]
fn consistent_hashing_makes_a_hot_key_a_hot_instance() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let balancer = drawing.below(clients, Kind::LoadBalancer);
    drawing.choose(balancer, Parameter::BalancingPolicy, Choice::ConsistentHash);
    let service = drawing.below(balancer, Kind::Service);
    drawing.number(service, Parameter::Instances, 4.0);
    for class in &mut drawing.scenario.classes {
        class.zipf_exponent = 1.3;
        class.keys = 1e6;
    }
    let route = drawing.compile();
    let Dispatch::Shares(shares) = &route.station(service, Role::Cores).dispatch else {
        panic!("keys stay with their instance");
    };
    assert!(shares[0] > 0.35 && shares[0] < 0.5, "{shares:?}");
}

#[test]
fn a_balancer_divides_between_components_by_instances_weights_or_capacity() {
    let shares = |policy: Choice| {
        let mut drawing = Drawing::new();
        let clients = drawing.add(Kind::Clients);
        let balancer = drawing.below(clients, Kind::LoadBalancer);
        drawing.choose(balancer, Parameter::BalancingPolicy, policy);
        let small = drawing.below(balancer, Kind::Service);
        drawing.last_link().weight = 4.0;
        drawing.number(small, Parameter::Instances, 3.0);
        let large = drawing.below(balancer, Kind::Service);
        drawing.number(large, Parameter::Cores, 18.0);
        let route = drawing.compile();
        let visits = route.visits(READ, 1.0);
        (
            route.arrivals(&visits, small),
            route.arrivals(&visits, large),
        )
    };
    assert_eq!(shares(Choice::RoundRobin), (0.75, 0.25));
    assert_eq!(shares(Choice::Weighted), (0.8, 0.2));
    assert_eq!(
        shares(Choice::LeastConnections),
        (0.25, 0.75),
        "3 × 2 cores against 18"
    );
}

#[test]
fn several_policies_for_the_same_instances_are_noted_and_the_most_capable_holds() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let service = drawing.add(Kind::Service);
    drawing.number(service, Parameter::Instances, 2.0);
    for policy in [Choice::Random, Choice::LeastConnections, Choice::RoundRobin] {
        let balancer = drawing.below(clients, Kind::LoadBalancer);
        drawing.choose(balancer, Parameter::BalancingPolicy, policy);
        drawing.link(balancer, service);
    }
    let route = drawing.compile();
    assert_eq!(
        route.station(service, Role::Cores).dispatch,
        Dispatch::LeastConnections
    );
    assert!(
        route
            .compiled
            .notes
            .iter()
            .any(|note| note.about == Remark::SeveralPolicies)
    );
}

#[test]
fn a_gateway_routes_by_class_authenticates_and_limits() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let gateway = drawing.below(clients, Kind::ApiGateway);
    drawing.number(gateway, Parameter::RateLimit, 500.0);
    drawing.number(gateway, Parameter::BurstAllowance, 20.0);
    drawing.number(gateway, Parameter::ServiceTime, 1.0);
    drawing.number(gateway, Parameter::AuthenticationTime, 2.0);
    let reads = drawing.below(gateway, Kind::Service);
    let writes = drawing.below(gateway, Kind::Service);
    drawing.last_link().classes = vec![ClassId(2)];
    let route = drawing.compile();
    let read = route.visits(READ, 1.0);
    let write = route.visits(WRITE, 1.0);
    close(route.arrivals(&read, reads), 1.0);
    close(route.arrivals(&read, writes), 0.0);
    close(route.arrivals(&write, reads), 0.0);
    close(route.arrivals(&write, writes), 1.0);
    close(route.work(&read, gateway, Role::Cores), 0.003);
    let limit = route.station(gateway, Role::RateLimit);
    assert!(
        matches!(limit.discipline, Discipline::TokenBucket { rate, burst } if rate.0 == 500.0 && burst == 20.0)
    );
}

#[test]
fn a_proxy_serves_files_itself_unless_something_behind_it_keeps_them() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let proxy = drawing.below(clients, Kind::ReverseProxy);
    let service = drawing.below(proxy, Kind::Service);
    let route = drawing.compile();
    let visits = route.visits(STATIC, 1.0);
    close(route.arrivals(&visits, service), 0.0);
    close(route.work(&visits, proxy, Role::Cores), 0.025e-3);
    let objects = drawing.below(proxy, Kind::ObjectStorage);
    let route = drawing.compile();
    let visits = route.visits(STATIC, 1.0);
    close(route.arrivals(&visits, objects), 1.0);
    close(route.arrivals(&route.visits(READ, 1.0), objects), 0.0);
    close(route.arrivals(&route.visits(READ, 1.0), service), 1.0);
}

#[test]
fn a_cdn_answers_files_at_the_edge_and_fetches_misses_from_its_origin() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let service = drawing.below(clients, Kind::Service);
    let cdn = drawing.below(clients, Kind::Cdn);
    let objects = drawing.below(cdn, Kind::ObjectStorage);
    let route = drawing.compile();
    let file = route.visits(STATIC, 0.9);
    close(route.arrivals(&file, cdn), 1.0);
    close(route.arrivals(&file, objects), 0.1);
    close(route.arrivals(&file, service), 0.0);
    close(route.round_trip(2), 0.020);
    close(route.round_trip(3), 0.020);
    let read = route.visits(READ, 0.9);
    close(route.arrivals(&read, cdn), 0.0);
    close(route.arrivals(&read, service), 1.0);
}

#[test]
fn a_cdn_passes_on_what_must_not_be_kept() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let cdn = drawing.below(clients, Kind::Cdn);
    let service = drawing.below(cdn, Kind::Service);
    let route = drawing.compile();
    for (class, arrivals) in [
        (READ, 1.0),
        (WRITE, 1.0),
        (ASYNCHRONOUS, 1.0),
        (STATIC, 0.1),
    ] {
        close(route.arrivals(&route.visits(class, 0.9), service), arrivals);
    }
    drawing.scenario.links[0].classes = vec![ClassId(1), ClassId(2), ClassId(3), ClassId(4)];
    let route = drawing.compile();
    close(route.arrivals(&route.visits(READ, 0.9), service), 0.1);
    assert_eq!(route.arrivals(&route.visits(READ, 0.9), cdn), 1.0);
}

#[test]
fn a_class_without_a_way_in_fails_and_says_so() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    drawing.below(clients, Kind::Service);
    drawing.last_link().classes = vec![ClassId(1)];
    let route = drawing.compile();
    close(route.dead_ends(&route.visits(READ, 1.0)), 0.0);
    close(route.dead_ends(&route.visits(WRITE, 1.0)), 1.0);
    let note = route
        .compiled
        .notes
        .iter()
        .find(|note| note.about == Remark::NoRoute)
        .expect("it is noted");
    assert!(
        note.text(&drawing.scenario).contains("Clients 1"),
        "{}",
        note.text(&drawing.scenario)
    );
    close(
        Drawing::alone(Kind::Clients).dead_ends(&Drawing::alone(Kind::Clients).visits(READ, 1.0)),
        1.0,
    );
}

impl Drawing {
    fn alone(kind: Kind) -> Route {
        let mut drawing = Drawing::new();
        drawing.add(kind);
        drawing.compile()
    }
}

#[test]
fn traffic_is_open_or_closed_as_told() {
    let mut drawing = Drawing::new();
    let open = drawing.add(Kind::Clients);
    let service = drawing.below(open, Kind::Service);
    drawing.number(open, Parameter::RequestRate, 250.0);
    drawing.choose(open, Parameter::ArrivalPattern, Choice::Bursty);
    drawing.number(open, Parameter::Burstiness, 6.0);
    drawing.number(open, Parameter::NightShare, 0.2);
    let closed = drawing.add(Kind::Clients);
    drawing.choose(closed, Parameter::Traffic, Choice::Closed);
    drawing.number(closed, Parameter::Users, 40.0);
    drawing.link(closed, service);
    drawing.component(closed).mix = vec![(ClassId(2), 3.0), (ClassId(1), 1.0)];
    let route = drawing.compile();
    let sources = &route.compiled.network.sources;
    assert!(
        matches!(sources[0].arrivals, Arrivals::Open { peak, pattern: Pattern::Renewal { scv: 6.0 }, batch: 1.0, trough_share: 0.2, profile: Profile::Constant } if peak.0 == 250.0)
    );
    assert!(matches!(sources[1].arrivals, Arrivals::Closed { users: 40, think } if think.0 == 5.0));
    assert_eq!(sources[0].routes.len(), 4);
    let shares: Vec<f64> = sources[1].routes.iter().map(|route| route.share).collect();
    assert_eq!(shares, [0.25, 0.75]);
}

/// How the rate of these clients goes: the peak, and its share at these seconds.
fn course(
    parameters: &[(Parameter, Value)],
    curve: &[(f64, f64)],
    seconds: &[f64],
) -> (f64, Vec<f64>) {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    drawing.below(clients, Kind::Service);
    drawing.number(clients, Parameter::RequestRate, 200.0);
    let component = drawing.component(clients);
    component.parameters.extend(parameters.iter().copied());
    component.curve = curve
        .iter()
        .map(|(seconds, per_second)| CurvePoint {
            seconds: *seconds,
            per_second: *per_second,
        })
        .collect();
    let route = drawing.compile();
    match &route.compiled.network.sources[0].arrivals {
        Arrivals::Open { peak, profile, .. } => {
            let shares = seconds.iter().map(|at| profile.share_at(*at));
            (peak.0, shares.collect())
        }
        Arrivals::Closed { .. } => panic!("open traffic"),
    }
}

#[test]
fn traffic_goes_through_time_as_told() {
    let profile = |choice| (Parameter::TrafficProfile, Value::Choice(choice));
    let number = |parameter, value| (parameter, Value::Number(value));
    let low = number(Parameter::LowTraffic, 0.25);
    let change = [
        low,
        number(Parameter::ChangeStart, 100.0),
        number(Parameter::ChangeLength, 50.0),
    ];
    let times = [0.0, 99.0, 100.0, 125.0, 149.0, 150.0, 1e6];
    let shares = |choice| {
        let mut parameters = change.to_vec();
        parameters.push(profile(choice));
        let (peak, shares) = course(&parameters, &[], &times);
        close(peak, 200.0);
        shares
    };
    assert_eq!(shares(Choice::Constant), [1.0; 7]);
    let [.., late, end, after] = shares(Choice::Ramp)[..] else {
        panic!("seven times");
    };
    close(late, 0.25 + 0.75 * 0.98);
    assert_eq!((end, after), (1.0, 1.0));
    assert_eq!(shares(Choice::Ramp)[..4], [0.25, 0.25, 0.25, 0.625]);
    assert_eq!(shares(Choice::Step), [0.25, 0.25, 1.0, 1.0, 1.0, 1.0, 1.0]);
    assert_eq!(
        shares(Choice::Spike),
        [0.25, 0.25, 1.0, 1.0, 1.0, 0.25, 0.25]
    );
    let day = [
        profile(Choice::Daily),
        number(Parameter::NightShare, 0.5),
        number(Parameter::DayLength, 40.0),
    ];
    let (_, shares) = course(&day, &[], &[0.0, 10.0, 20.0, 30.0, 60.0]);
    for (share, expected) in shares.into_iter().zip([0.5, 0.75, 1.0, 0.75, 1.0]) {
        close(share, expected);
    }
}

#[test]
fn a_curve_stands_in_place_of_the_request_rate() {
    let curve = [(10.0, 100.0), (20.0, 400.0), (30.0, 300.0)];
    let follows = [(Parameter::TrafficProfile, Value::Choice(Choice::Curve))];
    let times = [0.0, 10.0, 15.0, 20.0, 25.0, 30.0, 99.0];
    let (peak, shares) = course(&follows, &curve, &times);
    close(peak, 400.0);
    assert_eq!(shares, [0.25, 0.25, 0.625, 1.0, 0.875, 0.75, 0.75]);
    // Without points, or when told otherwise, the request rate stands.
    assert_eq!(course(&follows, &[], &[0.0]), (200.0, vec![1.0]));
    assert_eq!(course(&[], &curve, &[0.0]), (200.0, vec![1.0]));
    assert_eq!(course(&follows, &[(0.0, 0.0)], &[0.0]), (0.0, vec![1.0]));
}

#[test]
fn zones_decide_how_long_a_call_travels() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let service = drawing.below(clients, Kind::Service);
    drawing.below(service, Kind::SqlPrimary);
    let reads = drawing.compile();
    close(reads.round_trip(1), 0.040);
    close(reads.round_trip(2), 0.25e-3);
    let zone = |id: u32, kind, x: f64, width: f64| Zone {
        id: ZoneId(id),
        kind,
        name: String::new(),
        rectangle: Rectangle {
            x,
            y: -100.0,
            width,
            height: 400.0,
        },
        parameters: Default::default(),
    };
    // The service's node spans 600 to 776, the database's 900 to 1076.
    drawing.scenario.zones = vec![
        zone(1, ZoneKind::AvailabilityZone, 590.0, 200.0),
        zone(2, ZoneKind::AvailabilityZone, 890.0, 200.0),
    ];
    close(drawing.compile().round_trip(2), 1e-3);
    drawing.scenario.zones = vec![
        zone(1, ZoneKind::Region, 590.0, 200.0),
        zone(2, ZoneKind::Region, 890.0, 200.0),
    ];
    drawing.scenario.zones[1]
        .parameters
        .insert(Parameter::Location, Value::Choice(Choice::Singapore));
    close(drawing.compile().round_trip(2), 0.215);
    drawing.scenario.links[1].round_trip_seconds = Some(0.007);
    close(drawing.compile().round_trip(2), 0.007);
}
