//! Documents that once brought the solver to a standstill, for the tests that they are answered and the benches of how soon.

/// A document with these components and links, as JSON.
pub fn document(components: &str, links: &str) -> String {
    format!(
        r#"{{"format_version": 1, "title": "", "notes": "", "components": [{components}], "links": [{links}],
        "zones": [], "classes": [], "objectives": []}}"#
    )
}

/// A thousand services, each with ten users of its own.
pub fn thousand_populations() -> String {
    let (mut components, mut links) = (Vec::new(), Vec::new());
    for pair in 0..1000 {
        let (clients, service) = (2 * pair + 1, 2 * pair + 2);
        components.push(format!(
            r#"{{"id": {clients}, "kind": "clients", "parameters": {{"traffic": "closed", "users": 10}}}},
            {{"id": {service}, "kind": "service"}}"#
        ));
        links.push(format!(
            r#"{{"id": {clients}, "from": {clients}, "to": {service}}}"#
        ));
    }
    document(&components.join(","), &links.join(","))
}

/// Users who hardly think, at ten thousand machines of which only one is reached.
pub fn ten_thousand_proxies() -> String {
    document(
        r#"{"id": 1, "kind": "clients", "parameters": {"traffic": "closed", "users": 4331847, "think_time": 0.00007}},
        {"id": 2, "kind": "reverse_proxy", "parameters": {"instances": 10000, "cores": 1, "service_time": 15, "balancing_policy": "random"}}"#,
        r#"{"id": 1, "from": 1, "to": 2}"#,
    )
}

/// So many users who think for a second, at a hundred threads over one core.
pub fn users_over_threads(users: u32) -> String {
    document(
        &format!(
            r#"{{"id": 1, "kind": "clients", "parameters": {{"traffic": "closed", "users": {users}, "think_time": 1, "client_round_trip": 0}}}},
            {{"id": 2, "kind": "reverse_proxy", "parameters": {{"cores": 1, "service_time": 15, "threads": 100}}}}"#
        ),
        r#"{"id": 1, "from": 1, "to": 2}"#,
    )
}

/// Each with its name. Those from files were made up at random, of parameters at the ends of their ranges.
pub fn documents() -> Vec<(&'static str, String)> {
    vec![
        ("thousand populations", thousand_populations()),
        ("ten thousand proxies", ten_thousand_proxies()),
        ("users over threads", users_over_threads(100_000)),
        (
            "millions of users beside batches",
            include_str!("millions_of_users_beside_batches.json").to_owned(),
        ),
        (
            "functions over one connection",
            include_str!("functions_over_one_connection.json").to_owned(),
        ),
        (
            "users at an edge over threads",
            include_str!("users_at_an_edge_over_threads.json").to_owned(),
        ),
        (
            "shards of slow scans",
            include_str!("shards_of_slow_scans.json").to_owned(),
        ),
    ]
}
