//! Who calls whom, as indices instead of ids, built once for each compilation; it knows nothing of behaviour.

use crate::catalog::Kind;
use crate::scenario::places::Places;
use crate::scenario::{Component, ComponentId, Link, RequestClass, Scenario};

/// The drawing with its ids resolved. Links whose ends don't exist are left out of the adjacency.
pub(super) struct Topology<'a> {
    /// The document.
    pub scenario: &'a Scenario,
    components: Places,
    kinds: Vec<Kind>,
    ends: Vec<Option<(u32, u32)>>,
    outgoing: Adjacency,
    incoming: Adjacency,
}

/// Link indices by component, each component's in document order.
struct Adjacency {
    offsets: Vec<u32>,
    links: Vec<u32>,
}

impl Adjacency {
    fn new(components: usize, ends: &[Option<(u32, u32)>], end: fn((u32, u32)) -> u32) -> Self {
        let mut offsets = vec![0_u32; components + 1];
        for ends in ends.iter().flatten() {
            offsets[end(*ends) as usize + 1] += 1;
        }
        for component in 0..components {
            offsets[component + 1] += offsets[component];
        }
        let mut next = offsets.clone();
        let mut links = vec![0; offsets[components] as usize];
        for (link, ends) in ends.iter().enumerate() {
            if let Some(ends) = ends {
                let slot = &mut next[end(*ends) as usize];
                links[*slot as usize] = link as u32;
                *slot += 1;
            }
        }
        Adjacency { offsets, links }
    }

    fn of(&self, component: usize) -> &[u32] {
        &self.links[self.offsets[component] as usize..self.offsets[component + 1] as usize]
    }
}

impl<'a> Topology<'a> {
    /// Resolves the document's ids.
    pub fn new(scenario: &'a Scenario) -> Self {
        let components = Places::new(scenario.components.iter().map(|component| component.id.0));
        let ends: Vec<Option<(u32, u32)>> = scenario
            .links
            .iter()
            .map(|link| {
                Some((
                    components.of(link.from.0)? as u32,
                    components.of(link.to.0)? as u32,
                ))
            })
            .collect();
        let count = scenario.components.len();
        let kinds = scenario
            .components
            .iter()
            .map(|component| component.kind)
            .collect();
        let outgoing = Adjacency::new(count, &ends, |(from, _)| from);
        let incoming = Adjacency::new(count, &ends, |(_, to)| to);
        Topology {
            scenario,
            components,
            kinds,
            ends,
            outgoing,
            incoming,
        }
    }

    /// The component's place in the document.
    pub fn place(&self, id: ComponentId) -> Option<usize> {
        self.components.of(id.0)
    }

    /// The component at this place.
    pub fn component(&self, place: usize) -> &'a Component {
        &self.scenario.components[place]
    }

    /// What the component at this place is.
    pub fn kind(&self, place: usize) -> Kind {
        self.kinds[place]
    }

    /// The request class at this place.
    pub fn class(&self, place: usize) -> &'a RequestClass {
        &self.scenario.classes[place]
    }

    /// The link at this place.
    pub fn link(&self, place: usize) -> &'a Link {
        &self.scenario.links[place]
    }

    /// Whom the link calls; only for links of the adjacency, which have both ends.
    pub fn target(&self, link: usize) -> usize {
        self.ends[link].map_or(0, |(_, to)| to as usize)
    }

    /// Who calls along the link; only for links of the adjacency.
    pub fn caller(&self, link: usize) -> usize {
        self.ends[link].map_or(0, |(from, _)| from as usize)
    }

    /// The links along which the component calls, in document order.
    pub fn outgoing(&self, component: usize) -> impl Iterator<Item = usize> + '_ {
        self.outgoing
            .of(component)
            .iter()
            .map(|link| *link as usize)
    }

    /// The links along which the component is called, in document order.
    pub fn incoming(&self, component: usize) -> impl Iterator<Item = usize> + '_ {
        self.incoming
            .of(component)
            .iter()
            .map(|link| *link as usize)
    }
}
