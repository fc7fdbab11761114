//! What scaling by itself saves in a run, in words; it scales nothing.

use loadscape_player::Pool;
use loadscape_sim::quantities::{Decimal, dollars, share};
use loadscape_sim::units::DollarsPerMonth;

/// A pool's instances and what they cost, against as many all the time as there were at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolWords {
    /// Mean instances, serving or booting.
    pub mean: String,
    /// The most that served at any time.
    pub most: String,
    /// What a month costs in which it goes as in the run.
    pub scaled: String,
    /// What a month costs with the most all the time.
    pub fixed: String,
    /// How much less the first is, as a share of the second; empty where it is none.
    pub saves: String,
}

/// See [`PoolWords`].
pub fn pool_words(pool: &Pool) -> PoolWords {
    let most = pool.most.round();
    let count = |instances: f64| Decimal::up_to(instances, 1).to_string();
    let saved = if most > 0.0 {
        1.0 - pool.mean / most
    } else {
        0.0
    };
    PoolWords {
        mean: count(pool.mean),
        most: count(most),
        scaled: dollars(DollarsPerMonth(pool.mean * pool.price)),
        fixed: dollars(DollarsPerMonth(most * pool.price)),
        saves: if saved >= 0.005 {
            share(saved)
        } else {
            String::new()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_sim::scenario::ComponentId;

    #[test]
    fn a_pool_is_priced_as_it_went_and_as_if_it_never_shrank() {
        let mut pool = Pool {
            component: ComponentId(5),
            mean: 6.27,
            most: 9.97,
            price: 60.0,
        };
        let words = pool_words(&pool);
        assert_eq!((words.mean.as_str(), words.most.as_str()), ("6.3", "10"));
        assert_eq!(
            (words.scaled.as_str(), words.fixed.as_str()),
            ("$376", "$600")
        );
        assert_eq!(words.saves, "37 %");
        (pool.mean, pool.most) = (4.0, 4.0);
        assert_eq!(pool_words(&pool).saves, "");
    }
}
