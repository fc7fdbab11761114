//! What the lowering has to say about a drawing: where it read more, or less, into it than the user may think; it changes nothing.

use crate::scenario::{ClassId, ComponentId, LinkId, Scenario};

/// A remark on how a drawing was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it says.
    pub about: Remark,
    /// Of whom.
    pub component: ComponentId,
    /// Along which link, where it speaks of one.
    pub link: Option<LinkId>,
    /// For which class, where it speaks of one.
    pub class: Option<ClassId>,
}

/// What a note says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Remark {
    /// Requests end in an error, for no link leads on to anything that could answer.
    NoRoute,
    /// Writes end in an error, for only read-only copies are linked.
    NoPrimary,
    /// A call would come back to a component that is still waiting for it.
    CyclicCall,
    /// Clients reach one instance only, for nothing spreads them over the others.
    OnlyFirstInstance,
    /// Callers spread over the instances in different ways; the most capable way was taken for all.
    SeveralPolicies,
    /// Nobody takes the messages; they pile up.
    NoWorkers,
    /// A CDN passes reads on without keeping them, for its link doesn't name their class.
    PassedUncached,
    /// A web server with nothing behind it answers by itself.
    AnswersItself,
    /// A service answers requests for data by itself, where other parts hold data and none that these requests reach does.
    AnswersFromNothing,
    /// A plan names a link that isn't there or doesn't start here; the call was left out.
    ForeignCall,
    /// A link that has no meaning between these two kinds.
    WithoutMeaning,
    /// Keys that hash to instances move between them, for the number of instances changes with the load: a steady state spreads them evenly.
    HashNeedsFixedInstances,
    /// A balancer that picks by the key sends a cache only some of them: these are taken to be a fair sample of all.
    KeysAreDivided,
}

impl Note {
    /// The note as a sentence, with the names of the document it was made for.
    pub fn text(&self, scenario: &Scenario) -> String {
        let name = scenario
            .component(self.component)
            .map_or("?", |component| component.name.as_str());
        let class = self
            .class
            .and_then(|class| scenario.class(class))
            .map_or_else(
                || "every class".to_owned(),
                |class| format!("\u{201c}{}\u{201d}", class.name),
            );
        match self.about {
            Remark::NoRoute => {
                format!(
                    "{name} has no link that leads {class} to anything that could answer: such requests fail. Draw one."
                )
            }
            Remark::NoPrimary => format!(
                "{name} is linked to read-only copies alone: {class} writes and fails there. Link it to a primary, or route the class elsewhere."
            ),
            Remark::CyclicCall => format!(
                "{name} calls in a circle for {class}: the last call of the circle fails. Remove a link, or put a queue between."
            ),
            Remark::OnlyFirstInstance => format!(
                "Clients reach only the first instance of {name}, for nothing spreads them over the others. Put a DNS or a load balancer in front."
            ),
            Remark::SeveralPolicies => format!(
                "The callers of {name} spread over its instances in different ways; the most capable of them is taken for all."
            ),
            Remark::NoWorkers => {
                format!("Nobody takes messages from {name}: they pile up. Link it to a worker.")
            }
            Remark::PassedUncached => {
                format!(
                    "{name} passes {class} on without keeping it. Name the class on the link to {name} to let it be kept."
                )
            }
            Remark::AnswersItself => {
                format!("{name} has nothing behind it and answers {class} by itself.")
            }
            Remark::AnswersFromNothing => format!(
                "{name} answers {class} from nothing: no link leads on to anything that holds data. Draw one, if it should read or write any."
            ),
            Remark::ForeignCall => format!(
                "The call plan of {name} for {class} names a link that doesn't start there; the call is left out."
            ),
            Remark::WithoutMeaning => format!(
                "A link of {name} has no meaning between these two kinds and carries nothing."
            ),
            Remark::HashNeedsFixedInstances => format!(
                "{name} scales by itself, so keys move as instances come and go: a steady state spreads requests evenly instead of by hash, a run through time knows which key is whose."
            ),
            Remark::KeysAreDivided => format!(
                "{name} meets only those keys of {class} that a balancer's hash sends this way, taken to be as popular on the whole as all."
            ),
        }
    }
}
