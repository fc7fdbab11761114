//! Where a part goes that is put between others: lines to and from it run through no node. It knows places, not what the parts do.

use super::parts::free_place;
use crate::scenario::{Component, NODE_HEIGHT, NODE_WIDTH, Point, Rectangle, Scenario};

/// From one row of a drawing to the next.
const ROW: f64 = 136.0;
/// Rows above and below in which a place is looked for.
const ROWS: i32 = 6;
/// What is kept free around nodes.
const ROOM: f64 = 16.0;

/// A place between who calls and who is called, in the zones of who calls, near both; below who calls where there is none.
pub(in crate::insight) fn place_between(
    scenario: &Scenario,
    caller: &Component,
    called: &Component,
) -> Point {
    let (from, to) = (caller.position, called.position);
    let half = (to.x - from.x) / 2.0;
    // In the middle, where there is a column between theirs.
    let between = (half.abs() >= NODE_WIDTH + ROOM).then(|| libm::round(from.x + half));
    let columns = [Some(from.x), between, Some(to.x)];
    let columns = columns.into_iter().flatten();
    let rows = (-ROWS..=ROWS).flat_map(|row| [from.y, to.y].map(|y| y + f64::from(row) * ROW));
    let places = rows.flat_map(|y| columns.clone().map(move |x| Point { x, y }));
    let far = |place: Point| {
        let ends = [caller, called].map(Component::centre);
        let own = centre(place);
        let length = |end: Point| libm::hypot(end.x - own.x, end.y - own.y);
        ends.map(length).iter().sum::<f64>()
    };
    let free = places.filter(|place| is_free(scenario, caller, *place));
    let rated = free.map(|place| {
        (
            crossings(scenario, (caller, called), place),
            far(place),
            place,
        )
    });
    rated
        .min_by(|one, other| (one.0.cmp(&other.0)).then_with(|| one.1.total_cmp(&other.1)))
        .map_or_else(|| free_place(scenario, caller), |(.., place)| place)
}

/// Whether a node there lies over no other, and is in the caller's zones and over no other's edge.
fn is_free(scenario: &Scenario, caller: &Component, place: Point) -> bool {
    let own = around(place, ROOM);
    let mut nodes = scenario.components.iter();
    let mut zones = scenario.zones.iter();
    nodes.all(|other| !overlap(own, around(other.position, 0.0)))
        && zones.all(|zone| {
            let within = zone.rectangle.contains(caller.centre());
            let corners = [(own.x, own.y), (own.x + own.width, own.y + own.height)];
            match within {
                true => {
                    (corners.iter()).all(|(x, y)| zone.rectangle.contains(Point { x: *x, y: *y }))
                }
                false => !overlap(own, zone.rectangle),
            }
        })
}

/// How many nodes lines to and from a node there run through, and how many other lines run through it.
pub(in crate::insight) fn crossings(
    scenario: &Scenario,
    (caller, called): (&Component, &Component),
    place: Point,
) -> usize {
    let middle = centre(place);
    let lines = [(caller.centre(), middle), (middle, called.centre())];
    let ends = [caller.id, called.id];
    let others = scenario.components.iter();
    let others = others.filter(|other| !ends.contains(&other.id));
    let through = others.flat_map(|other| {
        let node = around(other.position, ROOM / 2.0);
        lines.iter().filter(move |line| meets(node, **line))
    });
    let own = around(place, ROOM / 2.0);
    let links = scenario.links.iter().filter(|link| {
        let is_moved = link.to == called.id && link.from == caller.id;
        let ends = (scenario.component(link.from)).zip(scenario.component(link.to));
        let line = ends.map(|(from, to)| (from.centre(), to.centre()));
        !is_moved && line.is_some_and(|line| meets(own, line))
    });
    through.count() + links.count()
}

fn centre(place: Point) -> Point {
    Point {
        x: place.x + NODE_WIDTH / 2.0,
        y: place.y + NODE_HEIGHT / 2.0,
    }
}

/// The node at this place with so much room around it.
fn around(place: Point, room: f64) -> Rectangle {
    Rectangle {
        x: place.x - room,
        y: place.y - room,
        width: NODE_WIDTH + 2.0 * room,
        height: NODE_HEIGHT + 2.0 * room,
    }
}

fn overlap(one: Rectangle, other: Rectangle) -> bool {
    one.x < other.x + other.width
        && other.x < one.x + one.width
        && one.y < other.y + other.height
        && other.y < one.y + one.height
}

/// Whether the straight line runs through the rectangle: the part of it that lies between each pair of edges is cut down until nothing is left (Liang
/// and Barsky 1984, "A new concept and method for line clipping").
fn meets(rectangle: Rectangle, (from, to): (Point, Point)) -> bool {
    let (mut first, mut last) = (0.0_f64, 1.0_f64);
    for (start, along, low, high) in [
        (
            from.x,
            to.x - from.x,
            rectangle.x,
            rectangle.x + rectangle.width,
        ),
        (
            from.y,
            to.y - from.y,
            rectangle.y,
            rectangle.y + rectangle.height,
        ),
    ] {
        if along == 0.0 {
            if start <= low || start >= high {
                return false;
            }
            continue;
        }
        let (one, other) = ((low - start) / along, (high - start) / along);
        first = first.max(one.min(other));
        last = last.min(one.max(other));
    }
    first < last
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::analyse;
    use crate::builtin::builtin;
    use crate::catalog::Kind;
    use crate::insight::{Weakness, security};
    use crate::scenario::{ComponentId, Link, LinkId, read};

    #[test]
    fn a_line_runs_through_what_it_cuts_and_through_nothing_else() {
        let node = around(Point { x: 0.0, y: 0.0 }, 0.0);
        let point = |x: f64, y: f64| Point { x, y };
        assert!(meets(node, (point(-50.0, 35.0), point(300.0, 35.0))));
        assert!(meets(node, (point(88.0, -50.0), point(88.0, 300.0))));
        assert!(meets(node, (point(-10.0, -10.0), point(20.0, 20.0))));
        assert!(!meets(node, (point(-50.0, 35.0), point(-10.0, 35.0))));
        assert!(!meets(node, (point(-50.0, 80.0), point(300.0, 80.0))));
        assert!(!meets(node, (point(-100.0, 60.0), point(10.0, 150.0))));
    }

    #[test]
    fn a_gateway_before_a_door_stands_where_its_lines_run_through_nothing() {
        let mut placed = 0;
        for stage in builtin() {
            let before = read(stage.text()).scenario.expect("it is sound");
            let report = analyse(&before).report;
            let found = security(&before, &report).into_iter();
            let mut found = found.filter(|own| own.weakness == Weakness::NoRateLimit);
            let Some(fix) = found.find_map(|own| own.fix) else {
                continue;
            };
            let mut after = before.clone();
            fix.edit.apply(&mut after);
            let new = |part: &&Component| before.component(part.id).is_none();
            for gateway in after.components.iter().filter(new) {
                let ends = |mine: bool| {
                    let mut links = after.links.iter();
                    let own =
                        links.find(|link| [link.from, link.to][usize::from(mine)] == gateway.id);
                    own.and_then(|link| after.component([link.to, link.from][usize::from(mine)]))
                };
                let (caller, called) = ends(true).zip(ends(false)).expect("it is linked");
                let cross = crossings(&before, (caller, called), gateway.position);
                assert_eq!(cross, 0, "{} {:?}", stage.name, gateway.position);
                assert!(is_free(&before, caller, gateway.position), "{}", stage.name);
                placed += 1;
            }
        }
        assert!(placed >= 4, "{placed}");
    }

    #[test]
    fn what_goes_between_two_goes_round_what_stands_below_the_first() {
        let mut scenario = Scenario::default();
        let places = [
            (Kind::Clients, 40.0, 40.0),
            (Kind::Dns, 40.0, 176.0),
            (Kind::Service, 304.0, 40.0),
        ];
        for ((kind, x, y), id) in places.into_iter().zip(1..) {
            let part = Component::new(ComponentId(id), kind, "part", Point { x, y });
            scenario.components.push(part);
        }
        for (id, to) in [(1, 2), (2, 3)] {
            let link = Link::new(LinkId(id), ComponentId(1), ComponentId(to));
            scenario.links.push(link);
        }
        let ends = (&scenario.components[0], &scenario.components[2]);
        // Below who calls there is only room below the DNS, with the line to it through that.
        let below = free_place(&scenario, ends.0);
        assert!(crossings(&scenario, ends, below) > 0);
        let place = place_between(&scenario, ends.0, ends.1);
        assert_eq!(crossings(&scenario, ends, place), 0);
        assert_eq!((place.x, place.y), (40.0, -96.0));
        // Where there is room in the middle, it is there.
        scenario.components[2].position.x = 568.0;
        let ends = (&scenario.components[0], &scenario.components[2]);
        let place = place_between(&scenario, ends.0, ends.1);
        assert_eq!((place.x, place.y), (304.0, 40.0));
    }
}
