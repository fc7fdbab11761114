//! Joins the page's style sheets into two: together they are smaller than apart, and fewer requests. Those of `style/later` dress what the
//! page's second half shows: they come with it, and the page finds them by a `meta` element.

use crate::split::{integrity, stamp};
use crate::workspace;
use anyhow::{Context, Result, bail};
use std::path::Path;

/// Puts one style sheet in the place of those in the folder's page, and one beside it for later.
pub fn join(dist: &Path) -> Result<()> {
    let folder = workspace::root().join("style/later");
    let entries =
        std::fs::read_dir(&folder).with_context(|| format!("there is no {}", folder.display()))?;
    let mut later = Vec::new();
    for entry in entries {
        let path = entry?.path();
        later.extend(
            path.file_stem()
                .map(|stem| stem.to_string_lossy().into_owned()),
        );
    }
    join_apart(dist, &later)
}

/// The same; these sheets, by their first names, are for later.
fn join_apart(dist: &Path, later: &[String]) -> Result<()> {
    let path = dist.join("index.html");
    let page = std::fs::read_to_string(&path)
        .with_context(|| format!("Trunk left no {}", path.display()))?;
    let sheets = sheets(&page)?;
    let (Some((first, _)), Some(_)) = (sheets.first(), sheets.get(1)) else {
        bail!("the built page has no style sheets to join");
    };
    let (mut joined, mut afterwards) = (Vec::new(), Vec::new());
    for (_, name) in &sheets {
        // The build puts a stamp behind the name.
        let first_name = name
            .rsplit_once('-')
            .map_or(name.as_str(), |(stem, _)| stem);
        let is_later = later.iter().any(|stem| stem == first_name);
        let sheet = dist.join(name);
        let text =
            std::fs::read(&sheet).with_context(|| format!("could not read {}", sheet.display()))?;
        let joined = if is_later {
            &mut afterwards
        } else {
            &mut joined
        };
        joined.extend(text);
        joined.push(b'\n');
        std::fs::remove_file(&sheet)
            .with_context(|| format!("could not remove {}", sheet.display()))?;
    }
    let name = format!("style-{}.css", stamp(&[&joined]));
    let link = format!(
        "<link href=./{name} integrity={} rel=stylesheet>",
        integrity(&joined)
    );
    // The first one's place: what came later still wins.
    let mut page = page.replacen(first.as_str(), &link, 1);
    for (tag, _) in &sheets[1..] {
        page = page.replacen(tag.as_str(), "", 1);
    }
    let later_name = format!("later-{}.css", stamp(&[&afterwards]));
    let meta = format!("<meta name=\"loadscape-later-style\" content=\"./{later_name}\">");
    page = page.replacen("</head>", &format!("{meta}</head>"), 1);
    for (name, bytes) in [
        (name.as_str(), &joined[..]),
        (&later_name, &afterwards),
        ("index.html", page.as_bytes()),
    ] {
        let path = dist.join(name);
        std::fs::write(&path, bytes)
            .with_context(|| format!("could not write {}", path.display()))?;
    }
    Ok(())
}

/// The links to style sheets of this folder, as they stand in the page, and the file that each names.
fn sheets(page: &str) -> Result<Vec<(String, String)>> {
    let tags = page.split('<').filter_map(|piece| {
        let tag = &piece[..piece.find('>')?];
        (tag.starts_with("link ") && tag.contains("rel=stylesheet")).then_some(tag)
    });
    tags.map(|tag| {
        let address = tag
            .split_whitespace()
            .find_map(|part| part.strip_prefix("href=./"))
            .with_context(|| format!("<{tag}> names no file of its own folder"))?;
        Ok((format!("<{tag}>"), address.to_owned()))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_sheets_are_found_in_their_order_and_nothing_else_is() {
        let page = "<html><link href=./icon.svg rel=icon><link href=./b-1.css integrity=sha384-x rel=stylesheet>\
                    <style>a>b{}</style><link href=./a-2.css rel=stylesheet></head>";
        let names: Vec<String> = sheets(page)
            .unwrap()
            .into_iter()
            .map(|(_, name)| name)
            .collect();
        assert_eq!(names, ["b-1.css", "a-2.css"]);
        assert!(sheets("<link href=https://elsewhere/a.css rel=stylesheet>").is_err());
    }

    #[test]
    fn the_joined_sheet_takes_the_first_ones_place_and_what_is_for_later_is_named() {
        let dist = std::env::temp_dir().join(format!("loadscape-style-{}", std::process::id()));
        std::fs::create_dir_all(&dist).unwrap();
        let write = |name: &str, text: &str| std::fs::write(dist.join(name), text).unwrap();
        write("b-1.css", "b{}");
        write("a-2.css", "a{}");
        write("what-if-3.css", "w{}");
        write(
            "index.html",
            "<link href=./b-1.css rel=stylesheet><title>x</title><link href=./what-if-3.css rel=stylesheet><link href=./a-2.css rel=stylesheet></head>",
        );
        join_apart(&dist, &["what-if".to_owned()]).unwrap();
        let page = std::fs::read_to_string(dist.join("index.html")).unwrap();
        let files = sheets(&page).unwrap();
        assert_eq!(files.len(), 1);
        assert!(page.starts_with(&files[0].0) && page.contains("<title>x</title><meta"));
        let later = page.split("content=\"./").nth(1).unwrap();
        let later = later.split('"').next().unwrap();
        assert_eq!(std::fs::read_to_string(dist.join(later)).unwrap(), "w{}\n");
        let joined = std::fs::read_to_string(dist.join(&files[0].1)).unwrap();
        assert_eq!(joined, "b{}\na{}\n");
        assert!(!dist.join("a-2.css").exists());
        std::fs::remove_dir_all(&dist).unwrap();
    }
}
