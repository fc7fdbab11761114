//! The screen's markup: Leptos's syntax, expanded to plain calls of the screen's own element builder; it knows no element and no signal.
//!
//! Leptos's own `view!` makes a type of every element with its attributes and children, and the compiler writes out the building
//! and updating of each such type. For this screen that came to more than half of the download. Here each element, attribute
//! and child is one call of a function that exists once.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use rstml::node::{KeyedAttribute, Node, NodeAttribute, NodeBlock, NodeElement};
use syn::spanned::Spanned;
use syn::{Expr, Stmt};

/// Builds a view from markup.
///
/// - `<div class="x" aria-label=move || words() hidden=move || flag>`: attributes, fixed or following what the closure reads.
/// - `class:name=`, `style:property=`, `prop:name=`: one class, one style property, one property of the element.
/// - `on:event=|event|` with the event's own type, `on:event:target=|event|` with `event.target()` for fields.
/// - `mounted=|element|`: called once the element is in the page.
/// - `{expression}` and `{move || expression}`: a child, fixed or following what the closure reads.
/// - `<Show when=|| ..>` and `<For each=|| .. key=|item| .. children=|item| .. />`.
#[proc_macro]
pub fn view(tokens: proc_macro::TokenStream) -> proc_macro::TokenStream {
    match rstml::parse2(tokens.into()) {
        Ok(nodes) => siblings(&nodes).into(),
        Err(error) => error.to_compile_error().into(),
    }
}

/// One view of several nodes.
fn siblings(nodes: &[Node]) -> TokenStream {
    match nodes {
        [node] => {
            let child = child(node);
            quote! { crate::app::ui::IntoView::into_any(#child) }
        }
        nodes => {
            let children = nodes.iter().map(child);
            quote! { crate::app::ui::View::Many(vec![#(crate::app::ui::IntoView::into_any(#children)),*]) }
        }
    }
}

/// One node as something that can be a child.
fn child(node: &Node) -> TokenStream {
    match node {
        Node::Element(element) => self::element(element),
        Node::Text(text) => {
            let words = text.value_string();
            quote! { #words }
        }
        Node::Block(block) => self::block(block),
        Node::Fragment(fragment) => siblings(fragment.children()),
        Node::RawText(text) => {
            let words = text.to_string_best();
            quote! { #words }
        }
        Node::Comment(_) | Node::Doctype(_) => quote! { () },
        other => syn::Error::new(other.span(), "markup has no such thing").to_compile_error(),
    }
}

fn block(block: &NodeBlock) -> TokenStream {
    match block.try_block().map(|body| body.stmts.as_slice()) {
        Some([Stmt::Expr(expression, None)]) => quote! { #expression },
        _ => quote! { #block },
    }
}

fn element(element: &NodeElement<rstml::Infallible>) -> TokenStream {
    let name = element.name().to_string();
    match name.as_str() {
        "Show" => return show(element),
        "For" => return each(element),
        _ => {}
    }
    let span = element.name().span();
    let make = if is_svg(&name) {
        quote_spanned! { span => crate::app::ui::svg(#name) }
    } else {
        quote_spanned! { span => crate::app::ui::html(#name) }
    };
    let attributes = element.attributes().iter().map(attribute);
    let children = element.children().iter().map(|node| {
        let child = child(node);
        quote! { .child(#child) }
    });
    quote! { #make #(#attributes)* #(#children)* }
}

fn is_svg(name: &str) -> bool {
    matches!(
        name,
        "svg" | "use" | "path" | "rect" | "circle" | "g" | "line" | "defs"
    )
}

fn attribute(attribute: &NodeAttribute) -> TokenStream {
    let attribute = match attribute {
        NodeAttribute::Attribute(attribute) => attribute,
        NodeAttribute::Block(block) => {
            return syn::Error::new(block.span(), "an attribute needs a name").to_compile_error();
        }
    };
    let name = attribute.key.to_string();
    let Some(value) = attribute.value() else {
        return quote! { .attribute(#name, "") };
    };
    if let Some(event) = name.strip_prefix("on:") {
        return handler(event, value);
    }
    if let Some(class) = name.strip_prefix("class:") {
        return quote! { .class(#class, #value) };
    }
    if let Some(property) = name.strip_prefix("style:") {
        return quote! { .style(#property, #value) };
    }
    if let Some(property) = name.strip_prefix("prop:") {
        return quote! { .property(#property, #value) };
    }
    match name.as_str() {
        "mounted" => quote! { .mounted(#value) },
        "inner_html" => quote! { .inner_html(#value) },
        _ => quote! { .attribute(#name, #value) },
    }
}

fn handler(event: &str, value: &Expr) -> TokenStream {
    if let Some(event) = event.strip_suffix(":target") {
        return quote! { .on_target(#event, #value) };
    }
    let kind = match event {
        "click" | "dblclick" => quote! { ::web_sys::MouseEvent },
        "keydown" | "keyup" => quote! { ::web_sys::KeyboardEvent },
        event if event.starts_with("pointer") => quote! { ::web_sys::PointerEvent },
        _ => quote! { ::web_sys::Event },
    };
    quote! { .on::<#kind>(#event, #value) }
}

fn value_of<'a>(element: &'a NodeElement<rstml::Infallible>, name: &str) -> Option<&'a Expr> {
    element
        .attributes()
        .iter()
        .find_map(|attribute| match attribute {
            NodeAttribute::Attribute(attribute @ KeyedAttribute { key, .. })
                if key.to_string() == name =>
            {
                attribute.value()
            }
            _ => None,
        })
}

fn show(element: &NodeElement<rstml::Infallible>) -> TokenStream {
    let Some(when) = value_of(element, "when") else {
        return syn::Error::new(element.span(), "Show needs `when`").to_compile_error();
    };
    let children = siblings(element.children());
    quote! { crate::app::ui::show(#when, move || #children) }
}

fn each(element: &NodeElement<rstml::Infallible>) -> TokenStream {
    let (Some(each), Some(key), Some(children)) = (
        value_of(element, "each"),
        value_of(element, "key"),
        value_of(element, "children"),
    ) else {
        return syn::Error::new(element.span(), "For needs `each`, `key` and `children`")
            .to_compile_error();
    };
    quote! { crate::app::ui::each(#each, #key, #children) }
}
