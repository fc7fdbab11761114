//! What a station is asked for and what it answers: loads, laws of waiting, figures. It knows how laws become moments and transforms,
//! not which formula gives them.

use super::flow::Admission;
use super::outcome::{Law as _, Moments};
use super::slowdown::Slowdown;
use crate::theory::closed::Method;
use crate::theory::complex::{Complex64, inverse, powf, real};
use crate::theory::finite_buffer::FiniteBuffer;
use crate::theory::finite_source::FiniteSourceWait;
use crate::theory::regular::Regularity;

/// What arrives at a station, all instances together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Load {
    /// Arrivals a second.
    pub rate: f64,
    /// Rate times mean service: offered load in erlangs.
    pub work: f64,
    /// Rate times `E[S²]`.
    pub second: f64,
    /// Rate times `E[S³]`.
    pub third: f64,
    /// Whether all service times are exponential with the same mean.
    pub exponential: bool,
    /// Mean service of the first visit seen, to compare the others with.
    pub mean: f64,
    /// Rate-weighted sum of (squared coefficient of variation of the times between arrivals − 1).
    pub burstiness: f64,
    /// What of that comes of bursts that last: many short gaps in a row, of which a queue forgets less than of single ones.
    pub lasting: f64,
    /// What has been taken off the burstiness since requests were displaced on their way, each on its own.
    pub blurred: f64,
    /// Rate-weighted mean number of others in an arrival's batch, `E[X(X − 1)]` / `E[X]`.
    pub company: f64,
}

impl Load {
    /// No visit seen yet.
    pub const EMPTY: Self = Load {
        rate: 0.0,
        work: 0.0,
        second: 0.0,
        third: 0.0,
        exponential: true,
        mean: -1.0,
        burstiness: 0.0,
        lasting: 0.0,
        blurred: 0.0,
        company: 0.0,
    };

    /// Mean service time, seconds.
    pub fn mean_service(&self) -> f64 {
        if self.rate > 0.0 {
            self.work / self.rate
        } else {
            self.mean.max(0.0)
        }
    }

    /// Squared coefficient of variation of the service time over all visits.
    pub fn service_scv(&self) -> f64 {
        let mean = self.mean_service();
        if self.exponential {
            1.0
        } else if self.rate > 0.0 && mean > 0.0 {
            (self.second / self.rate / (mean * mean) - 1.0).max(0.0)
        } else {
            0.0
        }
    }

    /// Squared coefficient of variation of the times between arrivals.
    pub fn arrival_scv(&self) -> f64 {
        if self.rate > 0.0 {
            (1.0 + self.burstiness / self.rate).max(0.0)
        } else {
            1.0
        }
    }

    /// The load of one instance that gets this share.
    pub fn share(&self, share: f64) -> Self {
        Load {
            rate: self.rate * share,
            work: self.work * share,
            second: self.second * share,
            third: self.third * share,
            exponential: self.exponential,
            mean: self.mean,
            // Splitting thins: c² − 1 shrinks with the share, and so does the chance to stay beside others of the batch.
            burstiness: self.burstiness * share * share,
            lasting: self.lasting * share * share,
            blurred: self.blurred * share * share,
            company: self.company * share * share,
        }
    }
}

/// What one class brings to a station.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ClassLoad {
    pub rate: f64,
    pub work: f64,
    pub second: f64,
}

/// The law of the time that visitors spend at a group of equal instances beside their own service.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Law {
    /// Nobody waits.
    None,
    /// With a probability an exponential wait at this rate (1/s), else none.
    Exponential { probability: f64, rate: f64 },
    /// The wait of those let into a finite queue, stretched by a factor.
    Finite { buffer: FiniteBuffer, stretch: f64 },
    /// The wait of one of finitely many users, stretched by a factor.
    FiniteSource {
        source: FiniteSourceWait,
        stretch: f64,
    },
    /// With a probability a gamma-distributed wait of this mean (seconds) and squared coefficient of variation, else none.
    Delayed {
        probability: f64,
        mean: f64,
        scv: f64,
    },
    /// The shape of M/G/1's wait, with the argument stretched; exact for one server.
    General {
        probability: f64,
        utilisation: f64,
        stretch: f64,
        mean_service: f64,
    },
    /// Service slowed down by sharing.
    Sharing(Slowdown),
}

/// A group of instances that behave alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    /// Share of the station's served requests.
    pub share: f64,
    /// Share of these arrivals that is let in; only parts by class tell it.
    pub pass: f64,
    /// Probability of waiting.
    pub probability: f64,
    /// Mean wait, seconds.
    pub wait: f64,
    /// `E[wait²]`, seconds².
    pub second: f64,
    pub law: Law,
}

/// Waits scaled by less than this are as good as none.
const NEGLIGIBLE: f64 = 1e-9;

impl Part {
    pub const IDLE: Self = Part {
        share: 1.0,
        pass: 1.0,
        probability: 0.0,
        wait: 0.0,
        second: 0.0,
        law: Law::None,
    };

    /// Moments of a visit whose service has this mean and second moment.
    #[inline]
    pub fn visit(&self, mean: f64, second: f64) -> Moments {
        match self.law {
            Law::Sharing(slowdown) => {
                Moments::sure(mean * slowdown.mean, second * slowdown.second())
            }
            _ => Moments::sure(self.wait, self.second).then(Moments::sure(mean, second)),
        }
    }

    /// The same behind arrivals more regular than Poisson: fewer wait, and those who do wait less.
    pub fn regular(self, regularity: Regularity) -> Self {
        if regularity.probability <= 0.0 {
            return Part {
                share: self.share,
                pass: self.pass,
                ..Part::IDLE
            };
        }
        let severity = regularity.wait / regularity.probability;
        let scaled = self.relieved(severity);
        let fewer = |probability: f64| probability * regularity.probability;
        let law = match scaled.law {
            Law::None | Law::Finite { .. } | Law::FiniteSource { .. } => scaled.law,
            Law::Exponential { probability, rate } => Law::Exponential {
                probability: fewer(probability),
                rate,
            },
            Law::Delayed {
                probability,
                mean,
                scv,
            } => Law::Delayed {
                probability: fewer(probability),
                mean,
                scv,
            },
            Law::General {
                probability,
                utilisation,
                stretch,
                mean_service,
            } => Law::General {
                probability: fewer(probability),
                utilisation,
                stretch,
                mean_service,
            },
            Law::Sharing(slowdown) => Law::Sharing(slowdown.rarer(regularity.probability)),
        };
        Part {
            probability: fewer(scaled.probability),
            wait: fewer(scaled.wait),
            second: fewer(scaled.second),
            law,
            ..scaled
        }
    }

    /// The same with every wait scaled by this factor.
    pub fn relieved(self, factor: f64) -> Self {
        let law = match self.law {
            // Waits too short to tell: rates would leave a float's range.
            _ if factor <= NEGLIGIBLE && !matches!(self.law, Law::Sharing(_)) => Law::None,
            Law::None => Law::None,
            Law::Exponential { probability, rate } => Law::Exponential {
                probability,
                rate: rate / factor,
            },
            Law::Finite { buffer, stretch } => Law::Finite {
                buffer,
                stretch: stretch * factor,
            },
            Law::FiniteSource { source, stretch } => Law::FiniteSource {
                source,
                stretch: stretch * factor,
            },
            Law::Delayed {
                probability,
                mean,
                scv,
            } => Law::Delayed {
                probability,
                mean: mean * factor,
                scv,
            },
            Law::General {
                probability,
                utilisation,
                stretch,
                mean_service,
            } => Law::General {
                probability,
                utilisation,
                stretch: stretch * factor,
                mean_service,
            },
            Law::Sharing(slowdown) => Law::Sharing(slowdown.relieved(factor)),
        };
        Part {
            wait: self.wait * factor,
            second: self.second * factor * factor,
            law,
            ..self
        }
    }
}

/// How well a station's figures are founded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Basis {
    /// A theorem covers this very case (given Poisson arrivals).
    Exact,
    /// Poisson arrivals, several servers or a finite queue, general service.
    GeneralService,
    /// Arrivals that aren't Poisson.
    GeneralArrivals,
    /// Percentiles of processor sharing (means are exact).
    Sharing,
    /// Processor sharing behind arrivals that aren't Poisson.
    SharingGeneralArrivals,
    /// A balancing policy.
    Balancing,
    /// A held resource.
    Held,
    /// A closed population.
    Closed,
}

/// A station's answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Queue {
    /// What becomes of arrivals (all classes alike; priorities override it by class).
    pub admission: Admission,
    /// Share of busy servers.
    pub utilisation: f64,
    /// The busiest instance's.
    pub busiest: f64,
    /// Offered load over servers; above 1 when asked for too much.
    pub pressure: f64,
    /// The busiest instance's.
    pub busiest_pressure: f64,
    /// Whether the backlog grows without end, so that there is no steady state.
    pub unbounded: bool,
    /// Whether that is so for the least important classes only, whose parts tell by `pass`.
    pub starving: bool,
    /// Whether its parts are those of the classes, in their order, rather than groups of instances.
    pub by_class: bool,
    /// Range of its parts.
    pub first_part: u32,
    pub parts: u32,
    pub formula: &'static str,
    pub basis: Basis,
}

impl Queue {
    pub const IDLE: Self = Queue {
        admission: Admission::ALL,
        utilisation: 0.0,
        busiest: 0.0,
        pressure: 0.0,
        busiest_pressure: 0.0,
        unbounded: false,
        starving: false,
        by_class: false,
        first_part: 0,
        parts: 0,
        formula: "",
        basis: Basis::Exact,
    };
}

impl Queue {
    /// Takes over the wait that closed users make: they never ask for more than there is.
    pub fn meet(&mut self, whole: Part, method: Option<Method>, parts: &mut Vec<Part>) {
        parts.truncate(self.first_part as usize);
        parts.push(whole);
        self.parts = 1;
        self.by_class = false;
        self.starving = false;
        self.unbounded = false;
        self.admission = Admission::ALL;
        self.utilisation = self.pressure.min(1.0);
        self.busiest = self.busiest_pressure.min(1.0);
        (self.formula, self.basis) = match method {
            Some(Method::Exact) => (
                "closed network, exact mean-value analysis (Reiser & Lavenberg 1980)",
                Basis::Closed,
            ),
            _ => (
                "closed network, Linearizer (Chandy & Neuse 1982)",
                Basis::Closed,
            ),
        };
    }
}

/// Cores that all present share, with this mean wait beside services of this mean and second moment, of this
/// utilisation, where all are taken with this probability.
pub(super) fn sharing_part(
    (cores, utilisation): (u32, f64),
    mean: f64,
    second: f64,
    probability: f64,
    wait: f64,
) -> Part {
    let (cores, scv) = (f64::from(cores), (second / (mean * mean) - 1.0).max(0.0));
    let slowdown = Slowdown::shared(1.0 + wait / mean, cores, probability, utilisation, scv);
    slowed_part(second, probability, wait, slowdown)
}

/// Servers that all present share, which slows a service with this second moment down.
pub(super) fn slowed_part(second: f64, probability: f64, wait: f64, slowdown: Slowdown) -> Part {
    Part {
        share: 1.0,
        pass: 1.0,
        probability,
        wait,
        second: slowdown.wait_square(second),
        law: Law::Sharing(slowdown),
    }
}

/// A wait with this chance and overall mean, exponential for those who wait.
pub(super) fn waiting_part(probability: f64, wait: f64) -> Part {
    if probability <= 0.0 || wait <= 0.0 {
        return Part::IDLE;
    }
    let rate = probability / wait;
    Part {
        probability,
        wait,
        second: 2.0 * wait / rate,
        law: Law::Exponential { probability, rate },
        ..Part::IDLE
    }
}

/// `E[e^{−s·wait}]` for a law that isn't sharing; `mixture` is the station's service transform over all visits.
#[inline]
pub(super) fn wait_transform(
    law: &Law,
    s: Complex64,
    mixture: &mut impl FnMut(Complex64) -> Complex64,
) -> Complex64 {
    match law {
        Law::None | Law::Sharing(_) => real(1.0),
        Law::Exponential { probability, rate } => {
            real(1.0 - probability) + inverse(s + *rate) * (probability * rate)
        }
        Law::Finite { buffer, stretch } => buffer.wait_transform(s * *stretch),
        Law::FiniteSource { source, stretch } => source.wait_transform(s * *stretch),
        Law::Delayed {
            probability,
            mean,
            scv,
        } => powf(real(1.0) + s * (mean * scv), -1.0 / scv) * *probability + (1.0 - probability),
        Law::General {
            probability,
            utilisation,
            stretch,
            mean_service,
        } => {
            let u = s * *stretch;
            let residual = (real(1.0) - mixture(u)) * inverse(u * *mean_service);
            residual
                * inverse(real(1.0) - residual * *utilisation)
                * ((1.0 - utilisation) * probability)
                + (1.0 - probability)
        }
    }
}
