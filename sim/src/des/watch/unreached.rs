//! Instances that a balancer doesn't reach: probes and calls that are lost on its link, or take too long there. It doesn't know what becomes of
//! the calls.

use super::Watcher;
use crate::des::engine::Engine;
use crate::des::job::Doing;
use crate::des::program::{NONE, Op};

/// A call passes so many operations at most between its link and the component that it leads to.
const MOST_PASSED: u32 = 16;

impl Engine {
    /// Probes the instances that a watcher watches: one that is away doesn't answer, nor one that the probe doesn't reach.
    #[cold]
    pub(in crate::des) fn probe(&mut self, index: u32) {
        let now = self.now;
        let watcher = &self.watchers.all[index as usize];
        let (lost, added) = self.faults.on_link(self.place_of_link(watcher), now);
        let interval = watcher.spec.health.map_or(0.0, |health| health.interval.0);
        let lost = if added > interval { 1.0 } else { lost };
        let first = self.stations[watcher.station as usize].first;
        let queues = &self.queues;
        let watcher = &mut self.watchers.all[index as usize];
        let mut stream = watcher.lost.clone();
        let answers = |instance: u32| {
            let lost = lost >= 1.0 || (lost > 0.0 && stream.happens(lost));
            !lost && queues[(first + instance) as usize].is_up()
        };
        watcher.probed(answers, now);
        watcher.lost = stream;
        self.start_watcher(index as usize);
    }

    /// The place of the link along which a watcher's balancer calls; [`NONE`] where nothing goes wrong.
    fn place_of_link(&self, watcher: &Watcher) -> u32 {
        let link = watcher.spec.link;
        let place = link.and_then(|link| self.link_places.get(&link.0));
        place.copied().unwrap_or(NONE)
    }

    /// A call is lost on the way to an instance, or given up there: a failure of the one that the balancer would have sent it to.
    pub(in crate::des) fn lost_on_the_way(&mut self, id: u32) {
        let Some((link, entry)) = self.on_the_way(id) else {
            return;
        };
        let index = self.watchers.of_entries[entry as usize];
        let Some(watcher) = self.watchers.all.get(index as usize) else {
            return;
        };
        // Others may call there, too.
        if self.place_of_link(watcher) != link {
            return;
        }
        let Some(outliers) = watcher.spec.outliers else {
            return;
        };
        let station = watcher.station;
        let instance = if self.stations[station as usize].slots == 1 {
            0
        } else {
            self.choose_watched(station, self.jobs[id].asked())
        };
        self.watchers.all[index as usize].ended(outliers, instance, true, self.now);
    }

    /// The link along which a job is on its way, and the entry to which it leads.
    fn on_the_way(&self, id: u32) -> Option<(u32, u32)> {
        let job = &self.jobs[id];
        if !matches!(job.doing, Doing::Hanging | Doing::Sleeping) {
            return None;
        }
        let link = match self.program.ops[job.at.checked_sub(1)? as usize] {
            Op::Hop { link, .. } => link,
            Op::Reach { link, .. } => link.get(),
            _ => return None,
        };
        let mut at = job.at;
        for _ in 0..MOST_PASSED {
            at = match self.program.ops[at as usize] {
                Op::Enter { entry, .. } => return Some((link, entry)),
                Op::Call { to } | Op::Jump { to } => to,
                Op::Delay { .. } | Op::Mark(_) => at + 1,
                _ => return None,
            };
        }
        None
    }
}
