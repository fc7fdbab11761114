//! Service times that somebody has measured, in place of those that a part was drawn with.

use super::{Network, Role, StationId, Step};
use crate::distribution::Distribution;
use crate::scenario::ComponentId;

/// Why a part's service times can't be replaced.
#[derive(Clone, Debug, PartialEq)]
pub enum Unmeasured {
    /// It has no cores and no servers.
    NoServers,
    /// Nothing that is sent is worked on there.
    Idle,
    /// It does several kinds of work, of which one list of times can't tell which is which: their mean times, in seconds, in rising order.
    Several(Vec<f64>),
}

impl Network {
    /// Lets all that the component does at its cores or servers take times of this law, and returns the law that it had. Disks, pools and spans
    /// without a queue stay as they are, and so does all work of other components.
    ///
    /// # Errors
    /// When it has no such work, or more than one kind of it; nothing is changed then.
    pub fn measure(
        &mut self,
        component: ComponentId,
        law: &Distribution,
    ) -> Result<Distribution, Unmeasured> {
        let works = |station: StationId| {
            let station = self.station(station);
            station.component == component && matches!(station.role, Role::Cores | Role::Servers)
        };
        if !(0..self.stations.len() as u32).any(|station| works(StationId(station))) {
            return Err(Unmeasured::NoServers);
        }
        let reached = self.reached();
        let mut places = Vec::new();
        let mut laws: Vec<&Distribution> = Vec::new();
        for (place, step) in self.steps.iter().enumerate() {
            let Step::Serve { station, time } = step else {
                continue;
            };
            if reached[place] && works(*station) {
                places.push(place);
                if !laws.contains(&time) {
                    laws.push(time);
                }
            }
        }
        let own = match laws[..] {
            [] => return Err(Unmeasured::Idle),
            [own] => own.clone(),
            _ => {
                let mut means: Vec<f64> = laws.iter().map(|law| law.mean()).collect();
                means.sort_by(f64::total_cmp);
                return Err(Unmeasured::Several(means));
            }
        };
        for place in places {
            if let Step::Serve { time, .. } = &mut self.steps[place] {
                time.clone_from(law);
            }
        }
        Ok(own)
    }

    /// Which steps some route leads to, also by what others do in the place of the drawn one.
    fn reached(&self) -> Vec<bool> {
        let mut reached = vec![false; self.steps.len()];
        let routes = self.sources.iter().flat_map(|source| &source.routes);
        routes.for_each(|route| reached[route.step.0 as usize] = true);
        // Children come before their parents.
        for place in (0..self.steps.len()).rev() {
            if !reached[place] {
                continue;
            }
            match &self.steps[place] {
                Step::Acting { ways, .. } => {
                    ways.iter().for_each(|way| reached[way.0 as usize] = true);
                }
                step => step.for_each_child(|child| reached[child.0 as usize] = true),
            }
        }
        reached
    }
}
