//! Seals a built page with a Content-Security-Policy that lets in nothing but the page's own files.
//!
//! The one inline script is Trunk's start-up, which names the hashed files; it is admitted by its own hash, so a changed
//! or added script doesn't run. Styles come from the style sheet alone: what is positioned at run time is set through
//! the CSS object model, which no policy forbids.

use anyhow::{Result, bail};
use base64::Engine;
use sha2::Digest;

/// The page with the policy in its head.
///
/// Fails when the page has no start-up script, has a policy already, or carries what the policy would forbid: an inline
/// style, an inline handler, or the address of another host.
pub fn seal(page: &str) -> Result<String> {
    if page.contains("Content-Security-Policy\"")
        || page.contains("http-equiv=Content-Security-Policy")
    {
        bail!("the page has a Content-Security-Policy already");
    }
    let hashes: Vec<String> = inline_scripts(page).into_iter().map(hash_source).collect();
    if hashes.is_empty() {
        bail!("the page has no start-up script");
    }
    refuse_what_is_forbidden(page)?;
    let policy = policy(&hashes);
    let charset = page
        .find("<meta charset")
        .and_then(|at| Some(at + page[at..].find('>')? + 1));
    let Some(place) = charset else {
        bail!("the page has no `<meta charset>`, which the policy would follow");
    };
    let (before, after) = page.split_at(place);
    Ok(format!(
        "{before}<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">{after}"
    ))
}

fn policy(script_hashes: &[String]) -> String {
    let scripts = script_hashes.join(" ");
    [
        "default-src 'none'",
        // WebAssembly is compiled, never evaluated from text.
        &format!("script-src 'self' 'wasm-unsafe-eval' {scripts}"),
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    .join("; ")
}

/// The text of every script element without a `src`, exactly as the browser hashes it.
fn inline_scripts(page: &str) -> Vec<&str> {
    let mut scripts = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find("<script") {
        rest = &rest[start..];
        let (Some(open), Some(close)) = (rest.find('>'), rest.find("</script>")) else {
            break;
        };
        if open < close && !rest[..open].contains(" src=") {
            scripts.push(&rest[open + 1..close]);
        }
        rest = &rest[close..];
    }
    scripts
}

fn hash_source(script: &str) -> String {
    let digest = sha2::Sha256::digest(script.as_bytes());
    format!(
        "'sha256-{}'",
        base64::engine::general_purpose::STANDARD.encode(digest)
    )
}

fn refuse_what_is_forbidden(page: &str) -> Result<()> {
    for (forbidden, remedy) in [
        ("<style", "put the rules into style/"),
        (" style=", "put the rule into style/"),
        (" onload=", "start from the wasm module"),
        ("//cdn", "copy the file into public/"),
        ("src=http", "copy the file into public/"),
        ("href=http", "copy the file into public/"),
        ("src=\"http", "copy the file into public/"),
        ("href=\"http", "copy the file into public/"),
    ] {
        if page.contains(forbidden) {
            bail!("the page contains `{forbidden}`, which its policy forbids: {remedy}");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>x</title>\
        <script type=module>start()</script><script src=./a.js></script></head><body></body></html>";

    #[test]
    fn the_start_up_script_is_admitted_by_its_hash_and_nothing_else_inline_is() {
        let sealed = seal(PAGE).unwrap();
        // As `printf 'start()' | openssl dgst -sha256 -binary | base64` says.
        assert!(
            sealed.contains("'sha256-DIm7WJS6ZKDYe5qFLPy+h4JFI9Bol5QmYC57mt3Fb00='"),
            "{sealed}"
        );
        assert!(!sealed.contains("unsafe-inline"));
        assert!(!sealed.contains("unsafe-eval'") || sealed.contains("'wasm-unsafe-eval'"));
        assert_eq!(sealed.matches("sha256-").count(), 1);
    }

    #[test]
    fn the_policy_stands_before_the_first_script() {
        let sealed = seal(PAGE).unwrap();
        assert!(sealed.find("Content-Security-Policy").unwrap() < sealed.find("<script").unwrap());
    }

    #[test]
    fn no_remote_origin_is_admitted() {
        let sealed = seal(PAGE).unwrap();
        assert!(!sealed.contains("http:") && !sealed.contains("https:") && !sealed.contains('*'));
    }

    #[test]
    fn a_page_with_an_inline_style_is_refused() {
        let page = PAGE.replace("<title>", "<style>p{}</style><title>");
        assert!(seal(&page).unwrap_err().to_string().contains("<style"));
    }

    #[test]
    fn a_page_is_sealed_once() {
        assert!(seal(&seal(PAGE).unwrap()).is_err());
    }
}
