//! Which setting is looked at: whose, and which of its own.

use super::super::super::page::Page;
use super::super::super::ui::prelude::*;
use loadscape_sim::insight::{Owner, Setting};

/// Settings with their names, under what they have in common.
type Groups = Vec<(Option<String>, Vec<(Setting, String)>)>;

/// Whether an owner is of a kind.
type IsOf = fn(&Owner) -> bool;

/// The two choices.
pub fn chooser(page: Page) -> AnyView {
    let owner = Memo::new(move |_| page.what_if.get().map(Setting::owner));
    let owners = Memo::new(move |_| {
        page.revision.track();
        page.read(|scenario| {
            let all = Owner::all(scenario).into_iter();
            let named = all.filter_map(|own| Some((own, own.name(scenario)?)));
            named.collect::<Vec<(Owner, String)>>()
        })
    });
    let settings = Memo::new(move |_| {
        page.revision.track();
        owner
            .get()
            .map_or_else(Vec::new, |own| settings_of(page, own))
    });
    let choose_owner = move |value: String| {
        let place = value.parse::<usize>().ok();
        let chosen = place
            .and_then(|place| owners.with_untracked(|owners| owners.get(place).map(|own| own.0)));
        let Some(chosen) = chosen else {
            return;
        };
        let groups = settings_of(page, chosen);
        let all = || groups.iter().flat_map(|(_, own)| own);
        // The same of the other where it has that.
        let same = page.what_if.get_untracked().and_then(|before| {
            let mut all = all();
            all.find(|(own, _)| is_same(*own, before)).map(|own| own.0)
        });
        if let Some(setting) = same.or_else(|| all().next().map(|own| own.0)) {
            page.what_if.set(Some(setting));
        }
    };
    let choose = move |value: String| {
        let chosen = value.parse::<usize>().ok().and_then(|place| {
            settings.with_untracked(|groups| {
                let all = groups.iter().flat_map(|(_, own)| own);
                all.map(|own| own.0).nth(place)
            })
        });
        if let Some(setting) = chosen {
            page.what_if.set(Some(setting));
        }
    };
    view! {
        <span class="what-if-look what-if-chooser">
            <select class="what-if-class" aria-label="Whose setting" data-testid="what-if-owner" on:change:target=move |event| choose_owner(event.target().value())>
                {move || owner_options(&owners.read(), owner)}
            </select>
            <select class="what-if-class" aria-label="Which setting" data-testid="what-if-setting" on:change:target=move |event| choose(event.target().value())>
                {move || setting_options(&settings.read(), page.what_if)}
            </select>
        </span>
    }
    .into_any()
}

/// What can be looked at of it: whatever a steady state depends on.
fn settings_of(page: Page, owner: Owner) -> Groups {
    page.read(|scenario| {
        let groups = owner.settings(scenario).into_iter().map(|group| {
            let all = group.settings.into_iter();
            let steady = all.filter(|own| !own.is_through_time(scenario));
            let named = steady.filter_map(|own| Some((own, own.label(scenario)?)));
            (group.title, named.collect::<Vec<_>>())
        });
        groups.filter(|(_, own)| !own.is_empty()).collect()
    })
}

/// Whether it is the same of another.
fn is_same(one: Setting, other: Setting) -> bool {
    match (one, other) {
        (Setting::Component(_, own), Setting::Component(_, asked))
        | (Setting::Zone(_, own), Setting::Zone(_, asked)) => own == asked,
        (Setting::Class(_, own), Setting::Class(_, asked)) => own == asked,
        (Setting::Mix(_, own), Setting::Mix(_, asked)) => own == asked,
        (Setting::Link(_, own), Setting::Link(_, asked)) => own == asked,
        _ => false,
    }
}

fn owner_options(owners: &[(Owner, String)], chosen: Memo<Option<Owner>>) -> AnyView {
    let kinds: [(&str, IsOf); 4] = [
        ("Parts", |own| matches!(own, Owner::Component(_))),
        ("Links", |own| matches!(own, Owner::Link(_))),
        ("Request classes", |own| matches!(own, Owner::Class(_))),
        ("Zones", |own| matches!(own, Owner::Zone(_))),
    ];
    let groups = kinds.map(|(title, is_of)| {
        let all = owners.iter().enumerate();
        let own: Vec<AnyView> = (all.filter(|(_, (own, _))| is_of(own)))
            .map(|(place, (own, name))| {
                let own = *own;
                option(place, name.clone(), move || chosen.get() == Some(own))
            })
            .collect();
        (!own.is_empty())
            .then(|| view! { <optgroup label=title>{own.into_iter().collect_view()}</optgroup> })
    });
    groups.into_iter().collect_view().into_any()
}

fn setting_options(groups: &Groups, chosen: RwSignal<Option<Setting>>) -> AnyView {
    let mut place = 0;
    let mut views = Vec::new();
    for (title, settings) in groups {
        let mut own = Vec::new();
        for (setting, name) in settings {
            let setting = *setting;
            let is_chosen = move || chosen.get() == Some(setting);
            own.push(option(place, name.clone(), is_chosen));
            place += 1;
        }
        let own = own.into_iter().collect_view();
        views.push(match title.clone() {
            Some(title) => view! { <optgroup label=title>{own}</optgroup> }.into_any(),
            None => own.into_any(),
        });
    }
    views.into_iter().collect_view().into_any()
}

fn option(
    place: usize,
    name: String,
    chosen: impl Fn() -> bool + Send + Sync + 'static,
) -> AnyView {
    view! { <option value=place.to_string() prop:selected=chosen>{name}</option> }.into_any()
}
