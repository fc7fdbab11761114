//! Machines of a primary's log that nobody reaches any more, though they are there: who watches them sees them die. It doesn't know what is done
//! about it.
//!
//! A machine is watched from where its callers are, as by the proxies or drivers that send requests there and agree by majority (Redis Sentinel,
//! "SDOWN and ODOWN failure state"; AWS, RDS user guide: a Multi-AZ instance fails over for "loss of network connectivity to primary"). It is
//! parted from them when most of the links by which it is called let nothing through. A replica that nobody calls is where its primary is, unless
//! the link between the two lets nothing through. Links that lose some of what they carry part nobody.

use super::copies::Copies;
use super::engine::Engine;
use super::links::LinkState;
use super::program::{Mark, NONE, Op};

/// A write passes so many operations at most between its link and the instance at which it is applied.
const MOST_PASSED: u32 = 8;

/// What a link is to a log of which somebody acts for another.
pub(super) enum Way {
    /// Nothing but itself.
    Own,
    /// Another link is taken instead, by its place.
    Another(u32),
    /// None of those that are drawn: nothing is known to be wrong with it.
    Undrawn,
    /// One on which nothing gets through.
    Parted,
}

impl Engine {
    fn link_of(&self, number: u32) -> Option<&LinkState> {
        let place = self.link_places.get(&number)?;
        self.faults.links.get(*place as usize)
    }

    fn lets_nothing_through(&self, number: u32) -> bool {
        self.link_of(number).is_some_and(LinkState::is_cut)
    }

    /// Something has changed on links: machines are parted from their callers, or aren't any more.
    pub(super) fn look_at_parted(&mut self) {
        for log in 0..self.copies.len() {
            let copies = &self.copies[log];
            let Some(parts) = &copies.parts else {
                continue;
            };
            let ways: Vec<bool> = (0..=copies.replicas.len())
                .map(|way| self.is_parted(copies, way))
                .collect();
            if ways == parts.parted {
                continue;
            }
            let components: Vec<u32> = [copies.primary]
                .into_iter()
                .chain(copies.replicas.iter().copied())
                .collect();
            let Some(parts) = &mut self.copies[log].parts else {
                continue;
            };
            let before = std::mem::replace(&mut parts.parted, ways.clone());
            for ((component, now), before) in components.into_iter().zip(ways).zip(before) {
                if now && !before {
                    self.machines_lost(component);
                } else if before && !now {
                    self.machines_back(component, |_| true);
                }
            }
        }
    }

    /// Whether the primary of a log (0) or one of its replicas is parted from its callers.
    fn is_parted(&self, copies: &Copies, way: usize) -> bool {
        let callers = copies.callers(way);
        if !callers.is_empty() {
            let cut = callers
                .iter()
                .filter(|link| self.lets_nothing_through(link.0));
            return 2 * cut.count() > callers.len();
        }
        let Some(replica) = way.checked_sub(1) else {
            return false;
        };
        let cut = copies.links().nth(replica);
        self.is_parted(copies, 0) != cut.is_some_and(|link| self.lets_nothing_through(link))
    }

    /// By which way a call of a component along one of its links gets to whoever acts as it.
    pub(super) fn way_to_primary(&self, called: u32) -> Way {
        let acted = (0..).zip(&self.copies).find_map(|(log, copies)| {
            let parts = copies.parts.as_ref()?;
            let machine = parts.acting();
            (copies.primary == called && machine != 0).then_some((log, machine))
        });
        match acted {
            None => Way::Own,
            Some((log, machine)) if self.is_machine_up(log, machine) => Way::Undrawn,
            Some(_) => Way::Parted,
        }
    }

    /// By which way a write that a job carries along a link to a replica gets from whoever acts as the primary to whoever keeps the copy. A write
    /// for somebody who isn't there passes, and is found to be of no use.
    pub(super) fn way_to_copy(&self, id: u32, link: u32) -> Way {
        let of_link = |number: u32| self.link_places.get(&number) == Some(&link);
        let found = (0_u32..).zip(&self.copies).find_map(|(log, copies)| {
            let replica = copies.links().position(of_link)?;
            Some((log, copies, replica as u32))
        });
        let Some((log, copies, replica)) = found else {
            return Way::Own;
        };
        let Some(parts) = &copies.parts else {
            return Way::Own;
        };
        let copy = copies.copy(replica, self.instance_ahead(id));
        if copy == NONE {
            return Way::Own;
        }
        let (from, to) = (parts.acting(), parts.keeper(copy));
        if !self.is_machine_up(log, to) {
            return Way::Undrawn;
        }
        // Who is drawn as the primary is one end of every link.
        let other = match (from, to) {
            (0, other) | (other, 0) => other,
            _ => return Way::Undrawn,
        };
        let Some(other) = other.checked_sub(1) else {
            return Way::Undrawn;
        };
        let (other, _) = copies.whose(other);
        let number = copies.links().nth(other as usize);
        match number.and_then(|number| self.link_places.get(&number)) {
            Some(place) if *place != link => Way::Another(*place),
            _ => Way::Own,
        }
    }

    /// The instance at which a write that is on its way is to be applied.
    fn instance_ahead(&self, id: u32) -> u32 {
        let mut at = self.jobs[id].at;
        for _ in 0..MOST_PASSED {
            match self.program.ops.get(at as usize) {
                Some(Op::Mark(Mark::At { instance, .. })) => return *instance,
                Some(Op::Jump { to } | Op::Call { to }) => at = *to,
                Some(Op::Delay { .. }) => at += 1,
                _ => break,
            }
        }
        0
    }
}
