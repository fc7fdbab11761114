//! Independent runs of one network, each with a seed of its own, put together: times are of all their requests together, other figures the runs'
//! means, and the intervals of all come from how the runs differ. It doesn't know how the runs were made.

use super::arriving::UnseatedFindings;
use super::buffers::WriteBehindFindings;
use super::called::{BreakerFindings, CallFindings};
use super::data::{CacheFindings, MessageFindings, QuorumFindings, ReplicaFindings, StaleFindings};
use super::estimate::{Estimate, mean};
use super::findings::{
    ClassFindings, ComponentFindings, FailureFindings, Findings, LinkFindings, Quantiles,
    StationFindings, StoreFindings,
};
use super::histogram::Histogram;
use super::over_runs::{as_reciprocal, mean_time, quantile, ratio};
use super::watch::WatchFindings;

/// The findings of several runs of equal networks, as one. A figure that some runs don't have is the mean of the others' (nobody came
/// there). The course through time is the first run's. `None` without runs; a single run is returned as it is.
///
/// The intervals are those of independent runs of one length that all leave out the same beginning ([`common_extent`](super::common_extent)).
///
/// Runs of different networks can't be put together: what the first doesn't have is left out.
pub fn pool(runs: &[Findings]) -> Option<Findings> {
    let [first, others @ ..] = runs else {
        return None;
    };
    if others.is_empty() {
        return Some(first.clone());
    }
    let count = runs.len() as f64;
    let steady = runs.iter().all(|run| run.stationary);
    let classes = (0..first.classes.len()).map(|place| {
        let rows: Vec<&ClassFindings> = runs
            .iter()
            .filter_map(|run| run.classes.get(place))
            .collect();
        class(&rows, steady)
    });
    let stations = (0..first.stations.len()).map(|place| {
        let rows: Vec<&StationFindings> = runs
            .iter()
            .filter_map(|run| run.stations.get(place))
            .collect();
        station(&rows, steady)
    });
    let components = first.components.iter().map(|own| {
        let rows = || {
            runs.iter()
                .flat_map(|run| &run.components)
                .filter(|row| row.component == own.component)
        };
        ComponentFindings {
            component: own.component,
            arrivals: some(rows().map(|row| row.arrivals)),
            sojourn: weighted(rows().map(|row| (row.sojourn, row.arrivals))).map(widened(steady)),
            hit_ratio: some(rows().map(|row| row.hit_ratio)),
            cold_starts: some(rows().map(|row| row.cold_starts)),
        }
    });
    let stores = first.stores.iter().enumerate().map(|(place, own)| {
        let rows = || runs.iter().filter_map(|run| run.stores.get(place));
        StoreFindings {
            component: own.component,
            class: own.class,
            lookups: some(rows().map(|row| row.lookups)),
            hit_ratio: weighted(rows().map(|row| (row.hit_ratio, row.lookups))),
            waited: weighted(rows().map(|row| (row.waited, row.lookups))),
        }
    });
    let messages = first.messages.iter().map(|own| {
        let rows = || {
            runs.iter()
                .flat_map(|run| &run.messages)
                .filter(|row| (row.component, row.class) == (own.component, own.class))
        };
        MessageFindings {
            deliveries: some(rows().map(|row| row.deliveries)),
            redeliveries: some(rows().map(|row| row.redeliveries)),
            duplicates: some(rows().map(|row| row.duplicates)),
            dead_letters: some(rows().map(|row| row.dead_letters)),
            ..*own
        }
    });
    let replicas = first.replicas.iter().map(|own| {
        let same =
            |row: &&ReplicaFindings| (row.component, row.primary) == (own.component, own.primary);
        let rows: Vec<&ReplicaFindings> = runs
            .iter()
            .flat_map(|run| &run.replicas)
            .filter(same)
            .collect();
        replica(&rows)
    });
    let write_behind = first.write_behind.iter().enumerate().map(|(place, own)| {
        let rows = || runs.iter().filter_map(|run| run.write_behind.get(place));
        WriteBehindFindings {
            writes: some(rows().map(|row| row.writes)),
            merged: some(rows().map(|row| row.merged)),
            lost: rows().map(|row| row.lost).sum(),
            ..*own
        }
    });
    let quorums = first.quorums.iter().enumerate().map(|(place, own)| {
        let rows = runs.iter().filter_map(|run| run.quorums.get(place));
        let rows: Vec<&[StaleFindings]> = rows.map(|row| row.reads.as_slice()).collect();
        QuorumFindings {
            component: own.component,
            reads: stale(&rows),
        }
    });
    let caches = first.caches.iter().map(|own| {
        let rows = runs.iter().flat_map(|run| &run.caches);
        let rows: Vec<&[StaleFindings]> = rows
            .filter(|row| row.component == own.component)
            .map(|row| row.reads.as_slice())
            .collect();
        CacheFindings {
            component: own.component,
            reads: stale(&rows),
        }
    });
    let links = first.links.iter().map(|own| {
        let rows = runs
            .iter()
            .flat_map(|run| &run.links)
            .filter(|row| row.link == own.link);
        LinkFindings {
            link: own.link,
            rate: some(rows.map(|row| row.rate)),
        }
    });
    Some(Findings {
        seconds: runs.iter().map(|run| run.seconds).sum(),
        warm_up: runs.iter().map(|run| run.warm_up).sum::<f64>() / count,
        stationary: runs.iter().all(|run| run.stationary),
        settled: runs.iter().all(|run| run.settled),
        events: runs.iter().map(|run| run.events).sum(),
        classes: classes.collect(),
        stations: stations.collect(),
        components: components.collect(),
        links: links.collect(),
        stores: stores.collect(),
        replicas: replicas.collect(),
        quorums: quorums.collect(),
        caches: caches.collect(),
        messages: messages.collect(),
        // The course of one run is not that of another: the first stands for all.
        faults: first.faults.clone(),
        failovers: first.failovers.clone(),
        write_behind: write_behind.collect(),
        calls: calls(runs, first),
        watches: watches(runs, first),
        unseated: unseated(runs),
        verdicts: first.verdicts.clone(),
        recovery: first.recovery.clone(),
        series: first.series.clone(),
    })
}

/// What has become of calls in all runs together.
fn calls(runs: &[Findings], first: &Findings) -> Vec<CallFindings> {
    // A component may have several rules along one link, which come in the same order in all runs.
    let of = |(place, own): (usize, &CallFindings)| {
        let rows: Vec<&CallFindings> = runs.iter().filter_map(|run| run.calls.get(place)).collect();
        let sum = |count: fn(&CallFindings) -> u64| rows.iter().map(|row| count(row)).sum();
        let breakers = rows.iter().filter_map(|row| row.breaker);
        CallFindings {
            component: own.component,
            link: own.link,
            calls: sum(|row| row.calls),
            retries: sum(|row| row.retries),
            withheld: sum(|row| row.withheld),
            timeouts: sum(|row| row.timeouts),
            hedges: sum(|row| row.hedges),
            stopped: sum(|row| row.stopped),
            breaker: breakers.reduce(|one, other| BreakerFindings {
                open: one.open || other.open,
                opened: one.opened + other.opened,
            }),
        }
    };
    first.calls.iter().enumerate().map(of).collect()
}

/// What has become of watched instances in all runs together.
fn watches(runs: &[Findings], first: &Findings) -> Vec<WatchFindings> {
    let of = |own: &WatchFindings| {
        let rows = runs.iter().flat_map(|run| &run.watches);
        let rows: Vec<&WatchFindings> = rows.filter(|row| row.component == own.component).collect();
        let sum = |count: fn(&WatchFindings) -> u64| rows.iter().map(|row| count(row)).sum();
        WatchFindings {
            component: own.component,
            left_out: sum(|row| row.left_out),
            returned: sum(|row| row.returned),
            ejected: sum(|row| row.ejected),
            out: rows.iter().map(|row| row.out).sum(),
        }
    };
    first.watches.iter().map(of).collect()
}

/// The most users that a run had no room for, by population.
fn unseated(runs: &[Findings]) -> Vec<UnseatedFindings> {
    let mut all: Vec<UnseatedFindings> = Vec::new();
    for row in runs.iter().flat_map(|run| &run.unseated) {
        let known = all.iter_mut().find(|own| own.component == row.component);
        match known {
            Some(own) => own.users = own.users.max(row.users),
            None => all.push(*row),
        }
    }
    all
}

/// The mean of those that there are.
fn some(figures: impl Iterator<Item = Option<Estimate>>) -> Option<Estimate> {
    let values: Vec<f64> = figures.flatten().map(|figure| figure.value).collect();
    mean(&values)
}

/// The mean of those that there are, each as often as its rate says: a share or a time of each of the things that come at that rate.
fn weighted(
    figures: impl Iterator<Item = (Option<Estimate>, Option<Estimate>)>,
) -> Option<Estimate> {
    let rows: Vec<(f64, f64)> = figures
        .filter_map(|(figure, rate)| Some((figure?.value, rate?.value)))
        .map(|(figure, rate)| (figure * rate, rate))
        .collect();
    ratio(&rows)
}

/// What a steady state's times and numbers of waiting requests have for intervals.
fn widened(steady: bool) -> fn(Estimate) -> Estimate {
    if steady { as_reciprocal } else { |own| own }
}

fn class(rows: &[&ClassFindings], steady: bool) -> ClassFindings {
    let of =
        |figure: fn(&ClassFindings) -> Option<Estimate>| some(rows.iter().map(|row| figure(row)));
    let times: Vec<&Histogram> = rows.iter().map(|row| &row.times).collect();
    let mut all = Histogram::default();
    for own in &times {
        all.add(own);
    }
    let answers: Vec<(f64, f64)> = rows
        .iter()
        .filter_map(|row| Some((row.mean?.value, row.answered as f64)))
        .map(|(mean, answered)| (mean * answered, answered))
        .collect();
    let at = |share| quantile(share, &times, steady);
    let variances: Vec<f64> = rows
        .iter()
        .filter_map(|row| row.deviation)
        .map(|deviation| deviation * deviation)
        .collect();
    let mut causes: Vec<&FailureFindings> = Vec::new();
    for failure in rows.iter().flat_map(|row| &row.failures) {
        let known = |cause: &&FailureFindings| {
            (cause.component, cause.why) == (failure.component, failure.why)
        };
        if !causes.iter().any(known) {
            causes.push(failure);
        }
    }
    let failures = causes.into_iter().map(|cause| {
        // Runs in which it never happened count as such.
        let shares = rows.iter().map(|row| {
            row.failures
                .iter()
                .find(|own| (own.component, own.why) == (cause.component, cause.why))
                .map_or(0.0, |own| own.share.value)
        });
        FailureFindings {
            share: mean(&shares.collect::<Vec<f64>>()).unwrap_or(cause.share),
            ..*cause
        }
    });
    ClassFindings {
        class: rows[0].class,
        offered: of(|row| row.offered),
        throughput: of(|row| row.throughput),
        goodput: of(|row| row.goodput),
        refused: of(|row| row.refused),
        success: of(|row| row.success),
        answered: rows.iter().map(|row| row.answered).sum(),
        mean: if steady {
            mean_time(&answers)
        } else {
            ratio(&answers)
        },
        in_flight: of(|row| row.in_flight).map(widened(steady)),
        deviation: mean(&variances).map(|variance| libm::sqrt(variance.value)),
        quantiles: Quantiles {
            p50: at(0.5),
            p95: at(0.95),
            p99: at(0.99),
            p999: at(0.999),
            blur: [0.5, 0.95, 0.99, 0.999].map(|share| all.blur(share)),
        },
        completion: of(|row| row.completion).map(widened(steady)),
        failures: failures.collect(),
        times: all,
    }
}

fn station(rows: &[&StationFindings], steady: bool) -> StationFindings {
    let of =
        |figure: fn(&StationFindings) -> Option<Estimate>| some(rows.iter().map(|row| figure(row)));
    let of_served = |figure: fn(&StationFindings) -> Option<Estimate>| {
        weighted(rows.iter().map(|row| (figure(row), row.throughput)))
    };
    let waiting_by_class = (0..rows[0].waiting_by_class.len()).map(|class| {
        some(
            rows.iter()
                .map(|row| row.waiting_by_class.get(class).copied().flatten()),
        )
        .map(widened(steady))
    });
    StationFindings {
        station: rows[0].station,
        component: rows[0].component,
        role: rows[0].role,
        arrivals: of(|row| row.arrivals),
        utilisation: of(|row| row.utilisation),
        busy: of(|row| row.busy),
        queue_length: of(|row| row.queue_length).map(widened(steady)),
        present: of(|row| row.present).map(widened(steady)),
        wait_probability: of_served(|row| row.wait_probability),
        instances: of(|row| row.instances),
        waiting: of_served(|row| row.waiting).map(widened(steady)),
        sojourn: of_served(|row| row.sojourn).map(widened(steady)),
        service: of_served(|row| row.service),
        throughput: of(|row| row.throughput),
        loss: weighted(rows.iter().map(|row| (row.loss, row.arrivals))),
        waiting_by_class: waiting_by_class.collect(),
    }
}

fn stale(rows: &[&[StaleFindings]]) -> Vec<StaleFindings> {
    let longest = |values: &mut dyn Iterator<Item = Option<f64>>| values.flatten().reduce(f64::max);
    let reads = rows[0].iter().map(|own| {
        let rows = || {
            rows.iter()
                .flat_map(|row| *row)
                .filter(|row| row.class == own.class)
        };
        let p99s: Vec<f64> = rows().filter_map(|row| row.age_p99).collect();
        StaleFindings {
            class: own.class,
            rate: some(rows().map(|row| row.rate)),
            stale: some(rows().map(|row| row.stale)),
            age: some(rows().map(|row| row.age)),
            age_p99: mean(&p99s).map(|p99| p99.value),
            age_longest: longest(&mut rows().map(|row| row.age_longest)),
        }
    });
    reads.collect()
}

fn replica(rows: &[&ReplicaFindings]) -> ReplicaFindings {
    let reads: Vec<&[StaleFindings]> = rows.iter().map(|row| row.reads.as_slice()).collect();
    ReplicaFindings {
        component: rows[0].component,
        primary: rows[0].primary,
        applied: some(rows.iter().map(|row| row.applied)),
        lag: some(rows.iter().map(|row| row.lag)),
        longest_lag: rows.iter().map(|row| row.longest_lag).fold(0.0, f64::max),
        reads: stale(&reads),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::des::{Settings, Simulation};
    use crate::network::compile;
    use crate::scenario::read;

    /// The knee scenario's runs, each so many seconds long, one for each seed.
    fn runs(seconds: f64, seeds: u64) -> Vec<Findings> {
        let reading = read(include_str!("../../scenarios/knee.json"));
        let compiled = compile(&reading.scenario.unwrap());
        let run = |seed| {
            let settings = Settings {
                seed,
                ..Settings::default()
            };
            let mut simulation = Simulation::new(&compiled, &settings);
            simulation.run_until(seconds, u64::MAX);
            simulation.findings()
        };
        (1..=seeds).map(run).collect()
    }

    #[test]
    fn a_single_run_stays_as_it_is_and_none_gives_nothing() {
        let runs = runs(60.0, 1);
        assert_eq!(pool(&runs).as_ref(), runs.first());
        assert_eq!(pool(&[]), None);
    }

    #[test]
    fn times_are_of_all_requests_together_and_rates_are_means() {
        let runs = runs(60.0, 5);
        let pooled = pool(&runs).unwrap();
        let (own, each) = (&pooled.classes[0], || {
            runs.iter().map(|run| &run.classes[0])
        });
        let answered: f64 = each().map(|class| class.answered as f64).sum();
        let sum: f64 = each()
            .map(|class| class.mean.unwrap().value * class.answered as f64)
            .sum();
        assert!((own.mean.unwrap().value - sum / answered).abs() < 1e-12 * sum);
        assert_eq!(own.answered as f64, answered);
        let mut times = Histogram::default();
        for class in each() {
            times.add(&class.times);
        }
        assert_eq!(
            own.quantiles.p95.unwrap().value,
            times.quantile(0.95).unwrap()
        );
        let rates: Vec<f64> = each()
            .map(|class| class.throughput.unwrap().value)
            .collect();
        assert_eq!(own.throughput, mean(&rates));
        assert_eq!(
            pooled.events,
            runs.iter().map(|run| run.events).sum::<u64>()
        );
        assert_eq!(pooled.stations.len(), runs[0].stations.len());
    }

    #[test]
    fn a_quantile_needs_samples_beyond_it_in_all_runs_together() {
        let mut runs = runs(60.0, 3);
        for run in &mut runs {
            let mut few = Histogram::default();
            for step in 0..300 {
                few.record(0.01 + 0.001 * f64::from(step));
            }
            run.classes[0].times = few;
        }
        let own = pool(&runs).unwrap().classes[0].quantiles;
        assert!(own.p50.unwrap().half_width.is_none(), "{own:?}");
        assert!(own.p95.is_some_and(|own| own.half_width.is_none()));
        assert_eq!((own.p99, own.p999), (None, None));
    }
}
