//! Where the figures stand in a row of sums. It doesn't know how they are counted.

/// How many there are of what is counted, and so where the figures of a row stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    pub classes: usize,
    pub stations: usize,
    pub causes: usize,
    pub visits: usize,
    pub links: usize,
    pub stores: usize,
    pub replicas: usize,
    pub queues: usize,
    pub sources: usize,
}

/// A figure of a class.
#[derive(Clone, Copy, Debug)]
pub(super) enum OfClass {
    Offered,
    Succeeded,
    Errors,
    Refused,
    Sum,
    Squares,
    Detached,
    DetachedSum,
}

/// A figure of a class at a station.
#[derive(Clone, Copy, Debug)]
pub(super) enum OfStation {
    Arrivals,
    Refused,
    Served,
    Waited,
    Waiting,
    Sojourn,
    Work,
}

pub(super) const OF_CLASS: usize = 8;
pub(super) const OF_STATION: usize = 7;
/// Figures of a station over all classes.
pub(super) const OF_ALL: usize = 4;

/// What there may be several of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// There is one.
    One,
    Class,
    Station,
    Cause,
    Visit,
    Link,
    Store,
    Replica,
    Queue,
    Source,
}

/// Figures that each of one kind has for each of another, side by side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub outer: Kind,
    pub inner: Kind,
    /// How many.
    pub figures: usize,
}

/// A row's blocks, in their order.
pub(super) const BLOCKS: [Block; 11] = [
    block(Kind::Class, Kind::One, OF_CLASS),
    block(Kind::Class, Kind::Cause, 1),
    block(Kind::Station, Kind::One, OF_ALL),
    block(Kind::Station, Kind::Class, OF_STATION),
    block(Kind::Visit, Kind::One, 3),
    block(Kind::Link, Kind::Class, 1),
    block(Kind::Store, Kind::Class, 3),
    block(Kind::Replica, Kind::One, 2),
    block(Kind::Replica, Kind::Class, 3),
    block(Kind::Queue, Kind::Class, 4),
    block(Kind::Source, Kind::One, 1),
];

const fn block(outer: Kind, inner: Kind, figures: usize) -> Block {
    Block {
        outer,
        inner,
        figures,
    }
}

impl Columns {
    /// How many there are of a kind.
    pub fn of(&self, kind: Kind) -> usize {
        match kind {
            Kind::One => 1,
            Kind::Class => self.classes,
            Kind::Station => self.stations,
            Kind::Cause => self.causes,
            Kind::Visit => self.visits,
            Kind::Link => self.links,
            Kind::Store => self.stores,
            Kind::Replica => self.replicas,
            Kind::Queue => self.queues,
            Kind::Source => self.sources,
        }
    }

    fn size(&self, block: &Block) -> usize {
        self.of(block.outer) * self.of(block.inner) * block.figures
    }

    /// Length of a row.
    pub fn count(&self) -> usize {
        self.start(BLOCKS.len())
    }

    /// Where a block starts.
    #[inline]
    pub fn start(&self, block: usize) -> usize {
        BLOCKS[..block].iter().map(|block| self.size(block)).sum()
    }

    /// A class's figure.
    pub fn class(&self, class: usize, figure: OfClass) -> usize {
        class * OF_CLASS + figure as usize
    }

    /// A class's failures of a cause.
    pub fn failures(&self, class: usize, cause: usize) -> usize {
        self.start(1) + class * self.causes + cause
    }

    /// Time integral of the requests in a station.
    pub fn present(&self, station: usize) -> usize {
        self.start(2) + station * OF_ALL
    }

    /// Time integral of its busy servers.
    pub fn busy(&self, station: usize) -> usize {
        self.present(station) + 1
    }

    /// Time integral of its servers.
    pub fn capacity(&self, station: usize) -> usize {
        self.present(station) + 2
    }

    /// Time integral of its instances that serve.
    pub fn instances(&self, station: usize) -> usize {
        self.present(station) + 3
    }

    /// A class's figure at a station.
    pub fn station(&self, station: usize, class: usize, figure: OfStation) -> usize {
        self.start(3) + (station * self.classes + class) * OF_STATION + figure as usize
    }

    /// Visits of a component: begun, ended and their time.
    pub fn visits(&self, entry: usize) -> (usize, usize, usize) {
        let start = self.start(4) + 3 * entry;
        (start, start + 1, start + 2)
    }

    /// Calls of a class along a link; those of the other classes stand beside it.
    pub fn link(&self, link: usize, class: usize) -> usize {
        self.start(5) + link * self.classes + class
    }

    /// Look-ups of a class in a store: asked, found, and waited for somebody else's fetch.
    pub fn lookups(&self, store: usize, class: usize) -> (usize, usize, usize) {
        let start = self.start(6) + 3 * (store * self.classes + class);
        (start, start + 1, start + 2)
    }

    /// Writes that a replica has applied, and their lag.
    pub fn lags(&self, replica: usize) -> (usize, usize) {
        let start = self.start(7) + 2 * replica;
        (start, start + 1)
    }

    /// Messages of a class in a queue.
    pub fn messages(&self, queue: usize, class: usize) -> OfMessages {
        let start = self.start(9) + 4 * (queue * self.classes + class);
        OfMessages {
            handed: start,
            again: start + 1,
            late: start + 2,
            given_up: start + 3,
        }
    }

    /// Requests of a population.
    pub fn sent(&self, source: usize) -> usize {
        self.start(10) + source
    }

    /// Reads of a class at a replica: asked, stale, and since when.
    pub fn reads(&self, replica: usize, class: usize) -> (usize, usize, usize) {
        let start = self.start(8) + 3 * (replica * self.classes + class);
        (start, start + 1, start + 2)
    }

    /// The cells that a figure of a series is the sum of.
    pub fn cells(&self, figure: Figure) -> impl Iterator<Item = usize> + use<> {
        let (start, count, stride) = match figure {
            Figure::Class(class, figure) => (self.class(class, figure), 1, 1),
            Figure::Failures(class, cause) => (self.failures(class, cause), 1, 1),
            Figure::Present(station) => (self.present(station), 1, 1),
            Figure::Busy(station) => (self.busy(station), 1, 1),
            Figure::Capacity(station) => (self.capacity(station), 1, 1),
            Figure::Instances(station) => (self.instances(station), 1, 1),
            Figure::Served(station) => (
                self.station(station, 0, OfStation::Served),
                self.classes,
                OF_STATION,
            ),
            Figure::Calls(link) => (self.link(link, 0), self.classes, 1),
            Figure::Asked(store) => (self.lookups(store, 0).0, self.classes, 3),
            Figure::Found(store) => (self.lookups(store, 0).1, self.classes, 3),
        };
        (start..start + count * stride).step_by(stride)
    }
}

/// The columns of a class's messages in a queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct OfMessages {
    /// Times handed out.
    pub handed: usize,
    /// Of these, those of messages that had been handed out before.
    pub again: usize,
    /// Work that ended when somebody else had the message.
    pub late: usize,
    /// Given up after the last time.
    pub given_up: usize,
}

/// A figure of a time series, over all classes where it isn't of one.
#[derive(Clone, Copy, Debug)]
pub(super) enum Figure {
    Class(usize, OfClass),
    /// Of a class, by cause.
    Failures(usize, usize),
    /// Of a station: time integrals of the requests in it, of busy servers, of servers and of instances that serve, and those served.
    Present(usize),
    Busy(usize),
    Capacity(usize),
    Instances(usize),
    Served(usize),
    /// Along a link.
    Calls(usize),
    /// Look-ups in a store, and those of them that found their key.
    Asked(usize),
    Found(usize),
}
