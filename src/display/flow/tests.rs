//! Particles, marks and queues as they are shown.

use super::*;
use crate::editor::geometry::link_curve;
use loadscape_sim::des::{FailurePicture, LinkPicture};

fn tracks() -> BTreeMap<LinkId, Track> {
    let track = |y: f64| Track::along(&link_curve(Point { x: 0.0, y: 0.0 }, Point { x: 500.0, y }));
    BTreeMap::from([(LinkId(1), track(0.0)), (LinkId(2), track(300.0))])
}

fn flow(calls: [f64; 2]) -> Flow {
    let link = |id: u32, calls| LinkPicture {
        link: LinkId(id),
        class: ClassId(1),
        calls,
    };
    Flow {
        wall_seconds: 0.1,
        links: vec![link(1, calls[0]), link(2, calls[1])],
        ..Flow::default()
    }
}

/// Tells so many tenths of a second of this and counts who sets out along each link.
fn told(particles: &mut Particles, calls: [f64; 2], tenths: u32) -> [f64; 2] {
    let mut seen = [0.0; 2];
    for tenth in 0..tenths {
        let before = particles.count();
        particles.tell(&flow(calls), &tracks(), f64::from(tenth) * 100.0);
        for particle in &particles.all[before..] {
            match particle.course {
                Course::Along(link) => seen[link.0 as usize - 1] += particles.each(),
                Course::Again(_) | Course::Falling(..) => {}
            }
        }
    }
    seen
}

#[test]
fn few_calls_are_a_particle_each_and_many_share_one() {
    let mut few = Particles::new();
    assert_eq!(told(&mut few, [1.0, 0.25], 20), [20.0, 5.0]);
    assert_eq!(few.each(), 1.0);
    let mut many = Particles::new();
    let seen = told(&mut many, [400.0, 37.0], 100);
    assert_eq!(many.each(), 200.0);
    assert!(
        (seen[0] - 40_000.0).abs() <= 500.0 && (seen[1] - 3_700.0).abs() <= 500.0,
        "{seen:?}"
    );
}

#[test]
fn for_how_many_one_stands_changes_only_when_it_must() {
    let mut particles = Particles::new();
    told(&mut particles, [40.0, 1.0], 10);
    let each = particles.each();
    assert_eq!(each, 20.0);
    told(&mut particles, [55.0, 1.0], 10);
    told(&mut particles, [20.0, 1.0], 10);
    assert_eq!(particles.each(), each);
    told(&mut particles, [400.0, 1.0], 20);
    assert!(particles.each() > each);
    told(&mut particles, [1.0, 1.0], 60);
    assert_eq!(particles.each(), 1.0);
}

#[test]
fn there_are_never_many_more_than_the_eye_and_the_page_can_follow() {
    let curve = link_curve(
        Point::default(),
        Point {
            x: 2_000.0,
            y: 900.0,
        },
    );
    let tracks: BTreeMap<LinkId, Track> = (0..400)
        .map(|id| (LinkId(id), Track::along(&curve)))
        .collect();
    let links = tracks.keys().map(|link| LinkPicture {
        link: *link,
        class: ClassId(1),
        calls: 30.0,
    });
    let flow = Flow {
        wall_seconds: 0.1,
        links: links.collect(),
        ..Flow::default()
    };
    let mut particles = Particles::new();
    for tenth in 0..300 {
        let now = f64::from(tenth) * 100.0;
        particles.tell(&flow, &tracks, now);
        particles.show(now, |_, _| {});
    }
    assert!(
        (800..=2_000).contains(&particles.count()),
        "{}",
        particles.count()
    );
}

#[test]
fn what_passes_under_a_label_is_not_seen() {
    let track = Track::along(&link_curve(Point::default(), Point { x: 700.0, y: 0.0 }));
    let middle = track.at(0.5);
    let track = track.under_label(middle, (60.0, 16.0));
    assert!(track.is_hidden(0.5) && !track.is_hidden(0.1) && !track.is_hidden(0.9));
    let away = Track::along(&link_curve(Point::default(), Point { x: 700.0, y: 0.0 }));
    let away = away.under_label(Point { x: 0.0, y: 900.0 }, (60.0, 16.0));
    assert!((0..=10).all(|tenth| !away.is_hidden(f64::from(tenth) / 10.0)));
}

#[test]
fn a_queue_fills_its_node_one_by_one_and_then_by_doublings() {
    let dots = [0.0, 0.4, 1.0, 3.2, 4.0, 5.0, 8.0, 9.0, 1_000.0, 1e9].map(queue_dots);
    assert_eq!(dots, [0, 0, 1, 3, 4, 5, 5, 6, 12, 12]);
}

#[test]
fn retries_and_stale_reads_are_seen_and_each_failure_says_why() {
    let mut particles = Particles::new();
    let told = Flow {
        wall_seconds: 0.1,
        retries: vec![loadscape_player::RetryPicture {
            component: ComponentId(7),
            link: Some(LinkId(2)),
            count: 2.0,
        }],
        stale: vec![(ComponentId(9), 1.0)],
        ..Flow::default()
    };
    particles.tell(&told, &tracks(), 0.0);
    let courses: Vec<Course> = particles.all.iter().map(|own| own.course).collect();
    let again = Course::Again(LinkId(2));
    let stale = Course::Falling(ComponentId(9), Failing::Stale);
    assert_eq!(courses, [again, again, stale]);
    let failed = |component: u32, why, count| FailurePicture {
        class: ClassId(1),
        component: Some(ComponentId(component)),
        why,
        count,
    };
    let picture = Picture {
        seconds: 2.0,
        failures: vec![
            failed(4, LossCause::Shed, 6.0),
            failed(5, LossCause::QueueFull, 20.0),
            failed(4, LossCause::Shed, 2.0),
            failed(4, LossCause::TimedOut, 9.0),
        ],
        ..Picture::default()
    };
    let name = |id: ComponentId| format!("part {id}");
    assert_eq!(
        reasons(&picture, Failing::Refused, name),
        ["part 5: queue full, 10 /s", "part 4: shed, 4 /s"]
    );
    assert_eq!(
        reasons(&picture, Failing::TimedOut, name),
        ["part 4: timed out, 4.5 /s"]
    );
    assert!(reasons(&picture, Failing::Lost, name).is_empty());
}

#[test]
fn a_particle_goes_its_way_at_equal_speed_and_is_gone() {
    let tracks = tracks();
    let track = &tracks[&LinkId(2)];
    let steps: Vec<Point> = (0..=40)
        .map(|step| track.at(f64::from(step) / 40.0))
        .collect();
    let lengths: Vec<f64> = steps
        .windows(2)
        .map(|pair| (pair[1].x - pair[0].x).hypot(pair[1].y - pair[0].y))
        .collect();
    let (least, most) = lengths
        .iter()
        .fold((f64::INFINITY, 0.0_f64), |(least, most), length| {
            (least.min(*length), most.max(*length))
        });
    assert!(most < 1.2 * least, "{least} {most}");
    let mut particles = Particles::new();
    particles.tell(&flow([1.0, 0.0]), &tracks, 1_000.0);
    let shares = |particles: &mut Particles, now: f64| {
        let mut shares = Vec::new();
        particles.show(now, |_, share| shares.push(share));
        shares
    };
    assert_eq!(shares(&mut particles, 1_010.0), Vec::<f64>::new());
    let lasts = tracks[&LinkId(1)].lasts_ms();
    let share = shares(&mut particles, 1_050.0 + lasts / 2.0);
    assert!((share[0] - 0.5).abs() < 1e-9);
    assert!(shares(&mut particles, 1_051.0 + lasts).is_empty());
    assert_eq!(particles.count(), 0);
}

#[test]
fn what_fails_falls_where_it_failed_and_looks_like_why() {
    let mut particles = Particles::new();
    let failed = |why, count| FailurePicture {
        class: ClassId(2),
        component: Some(ComponentId(9)),
        why,
        count,
    };
    let flow = Flow {
        wall_seconds: 0.1,
        links: Vec::new(),
        failures: vec![
            failed(LossCause::QueueFull, 2.0),
            failed(LossCause::TimedOut, 1.0),
        ],
        ..Flow::default()
    };
    particles.tell(&flow, &tracks(), 0.0);
    let courses: Vec<Course> = particles
        .all
        .iter()
        .map(|particle| particle.course)
        .collect();
    let falling = |how| Course::Falling(ComponentId(9), how);
    assert_eq!(
        courses,
        [
            falling(Failing::Refused),
            falling(Failing::Refused),
            falling(Failing::TimedOut)
        ]
    );
}

#[test]
fn many_links_on_each_of_which_little_happens_are_shown_call_by_call() {
    // Of 200 links one or the other has several calls in a tenth of a second, by chance, and the next time none.
    let tracks: BTreeMap<LinkId, Track> = (1..=200)
        .map(|id| {
            let to = Point { x: 300.0, y: 0.0 };
            (LinkId(id), Track::along(&link_curve(Point::default(), to)))
        })
        .collect();
    let mut particles = Particles::new();
    for tenth in 0..60_u32 {
        let links = (1..=200_u32)
            .filter(|id| (id * 7 + tenth) % 10 == 0)
            .map(|id| LinkPicture {
                link: LinkId(id),
                class: ClassId(1),
                calls: if (id + tenth) % 13 == 0 { 4.0 } else { 1.0 },
            });
        let flow = Flow {
            wall_seconds: 0.1,
            links: links.collect(),
            ..Flow::default()
        };
        particles.tell(&flow, &tracks, f64::from(tenth) * 100.0);
    }
    assert_eq!(particles.each(), 1.0);
}
