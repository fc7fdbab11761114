//! Those who share an instance's servers: who is done next, and when. It doesn't know what they are served for.

use super::agenda::{Agenda, Members, Serial, Topic};
use super::program::Small;

/// Those who share an instance's servers, each at the same speed, by the work at which they are done.
///
/// Usually there is nobody else: who comes to an empty instance and leaves before the next comes is never among the members.
#[derive(Clone, Debug)]
#[repr(C)]
pub(super) struct Sharing {
    /// The work that somebody here from the beginning would have had done, in seconds; set back whenever nobody is here. With somebody alone
    /// here the work at which they are done.
    pub done: f64,
    /// When that was counted.
    pub counted: f64,
    /// The agenda's entry for the next to leave.
    pub pending: Serial,
    /// How many.
    pub count: u32,
    /// Whether somebody has come since it was planned, so that it may be too early.
    pub delayed: bool,
    /// Who (a job) is alone here since they came to nobody; else [`Small::MOST`].
    alone: Small,
    // A second line.
    /// By the work at which they leave.
    pub members: Members,
}

impl Sharing {
    /// Nobody, with room for so many before more memory is asked for.
    pub fn with_room(room: usize) -> Self {
        Sharing {
            done: 0.0,
            counted: 0.0,
            pending: Serial::NONE,
            count: 0,
            delayed: false,
            alone: Small::MOST,
            members: Members::with_room(room),
        }
    }

    /// How much more slowly than alone everybody is served: 1 or more.
    #[inline]
    fn slowness(&self, servers: u32) -> f64 {
        if self.count <= servers {
            1.0
        } else {
            f64::from(self.count) / f64::from(servers)
        }
    }

    /// Counts the work done up to now. Nobody counts as alone then, so that members are all that there are.
    #[inline]
    pub fn count_to(&mut self, now: f64, servers: u32) {
        if self.alone != Small::MOST {
            let job = std::mem::replace(&mut self.alone, Small::MOST);
            let target = std::mem::replace(&mut self.done, 0.0);
            self.members.plan(target, Topic::Job(job.get()));
        }
        self.done += (now - self.counted) / self.slowness(servers);
        self.counted = now;
    }

    /// Somebody (a job) with this work comes to the queue of this place, which has so many servers.
    #[inline]
    pub fn join(
        &mut self,
        now: f64,
        (place, servers): (u32, u32),
        (job, work): (u32, f64),
        agenda: &mut Agenda,
    ) {
        if self.count == 0 {
            self.done = 0.0 + work;
            self.counted = now;
            self.count = 1;
            self.alone = Small::new(job);
            self.delayed = false;
            let span = work.max(0.0) * self.slowness(servers);
            self.pending = agenda.plan(now + span, Topic::Sharing(place));
            return;
        }
        self.count_to(now, servers);
        let target = self.done + work;
        let first = self.members.next_time().is_none_or(|least| target < least);
        self.members.plan(target, Topic::Job(job));
        self.count += 1;
        if first {
            self.plan((place, servers), agenda);
        } else {
            self.delayed |= self.count > servers;
        }
    }

    /// Plans the leaving of whoever is next; the work must be counted.
    pub fn plan(&mut self, (place, servers): (u32, u32), agenda: &mut Agenda) {
        self.delayed = false;
        self.pending = match self.members.next_time() {
            Some(target) => {
                let span = (target - self.done).max(0.0) * self.slowness(servers);
                agenda.plan(self.counted + span, Topic::Sharing(place))
            }
            None => Serial::NONE,
        };
    }

    /// Somebody is taken out before being done.
    pub fn leave(&mut self, now: f64, queue: (u32, u32), job: u32, agenda: &mut Agenda) {
        self.count_to(now, queue.1);
        self.members
            .change(|target, topic| (topic != Topic::Job(job)).then_some(target));
        self.count -= 1;
        self.plan(queue, agenda);
    }

    /// All that is left to do becomes so many times as much.
    pub fn stretch(&mut self, now: f64, queue: (u32, u32), ratio: f64, agenda: &mut Agenda) {
        if self.count == 0 {
            return;
        }
        self.count_to(now, queue.1);
        let done = self.done;
        self.members
            .change(|target, _| Some(done + (target - done).max(0.0) * ratio));
        self.plan(queue, agenda);
    }

    /// The planned entry is due: who leaves; `None` when it was too early, and is planned again.
    #[inline]
    pub fn due(&mut self, now: f64, queue: (u32, u32), agenda: &mut Agenda) -> Option<u32> {
        if self.alone != Small::MOST {
            self.count = 0;
            self.pending = Serial::NONE;
            return Some(std::mem::replace(&mut self.alone, Small::MOST).get());
        }
        if self.delayed {
            let servers = queue.1;
            self.count_to(now, servers);
            let target = self.members.next_time()?;
            if target > self.done {
                let span = (target - self.done) * self.slowness(servers);
                // A span too small to move the clock is over.
                if now + span > now {
                    self.plan(queue, agenda);
                    return None;
                }
            }
        }
        let entry = self.members.take(f64::INFINITY)?;
        let Topic::Job(job) = entry.topic else {
            return None;
        };
        self.done = entry.time;
        self.counted = now;
        self.count -= 1;
        self.plan(queue, agenda);
        Some(job)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_joined_is_done_later_and_who_is_alone_when_their_work_is() {
        let (mut agenda, mut sharing) = (Agenda::default(), Sharing::with_room(4));
        let own = (7, 1);
        sharing.join(0.0, own, (1, 2.0), &mut agenda);
        assert_eq!(agenda.next_time(), Some(2.0));
        // Half of the work is done: the other half takes twice as long, and then half of the second's is left.
        sharing.join(1.0, own, (2, 2.0), &mut agenda);
        for (time, done) in [(2.0, None), (3.0, Some(1)), (4.0, Some(2))] {
            let due = agenda.take(f64::INFINITY).map(|entry| entry.time);
            assert_eq!(due, Some(time));
            assert_eq!(sharing.due(time, own, &mut agenda), done);
        }
        assert_eq!((sharing.count, agenda.next_time()), (0, None));
        // Alone from beginning to end, and taken out before it.
        sharing.join(5.0, own, (3, 1.0), &mut agenda);
        assert_eq!(agenda.take(6.0).map(|entry| entry.time), Some(6.0));
        assert_eq!(sharing.due(6.0, own, &mut agenda), Some(3));
        sharing.join(7.0, own, (4, 1.0), &mut agenda);
        sharing.leave(7.5, own, 4, &mut agenda);
        assert_eq!((sharing.count, sharing.pending), (0, Serial::NONE));
    }
}
