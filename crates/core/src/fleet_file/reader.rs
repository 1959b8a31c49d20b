//! From the tree to a request: the top level of the file.

use std::collections::HashMap;

use super::keys::Section;
use super::mistake::{At, Cursor, Problem};
use super::tree::{self, Node, Table, Value};
use super::value::{self, Expected};
use super::view::{Mistakes, View, flag, number, text};
use super::{MOST_VMS, SCHEMA, vm};
use crate::money::Money;
use crate::request::{Request, Vm};

/// The request that the text states, or all that is wrong with it.
pub(super) fn request(source: &str) -> Result<Request, Mistakes> {
    let root = tree::parse(source).map_err(|mistake| vec![mistake])?;
    let view = View {
        section: Section::Root,
        own: &root,
        defaults: None,
    };
    let mut mistakes = Mistakes::new();
    check_schema(&view, &mut mistakes);
    view.check_keys(&mut mistakes);
    let defaults = defaults(&view, &mut mistakes);
    let vms = vms(source, &view, defaults, &mut mistakes);
    let budget = view.read("budget_per_hr", &mut mistakes, number(Expected::Amount, value::amount));
    let downtime = view.read(
        "downtime_cost_per_hr",
        &mut mistakes,
        number(Expected::Price, value::price),
    );
    let partial = view.read("partial", &mut mistakes, flag);
    let sizes = view.read("sizes", &mut mistakes, text(Expected::Sizes, value::sizes));
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    // Names were checked above, so that all that can be wrong now is that there is no VM.
    let mut request = Request::new(vms).map_err(|_| vec![At(0, Problem::Empty)])?;
    request.budget_per_hr = budget;
    request.downtime_cost_per_hr = downtime.unwrap_or(Money::ZERO);
    request.partial = partial.unwrap_or_default();
    request.sizes = sizes.unwrap_or_default();
    Ok(request)
}

fn check_schema(root: &View<'_>, mistakes: &mut Mistakes) {
    let Some(found) = root.find("schema") else { return };
    if !matches!(&found.node.value, Value::Text(text) if text == SCHEMA) {
        mistakes.push(At(found.node.at, Problem::Schema(found.node.shown())));
    }
}

/// The defaults, which are checked even where no VM takes them.
fn defaults<'a>(root: &View<'a>, mistakes: &mut Mistakes) -> Option<&'a Table> {
    let found = root.find("defaults")?;
    let Value::Table(own) = &found.node.value else {
        mistakes.push(found.wrong(found.node, Expected::Table.instead_of(found.node.shown())));
        return None;
    };
    let view = View {
        section: Section::Defaults,
        own,
        defaults: None,
    };
    view.check_keys(mistakes);
    vm::check(&view, mistakes);
    Some(own)
}

fn vms(source: &str, root: &View<'_>, defaults: Option<&Table>, mistakes: &mut Mistakes) -> Vec<Vm> {
    let mut vms = Vec::new();
    let mut names: HashMap<String, usize> = HashMap::new();
    let mut cursor = Cursor::new(source);
    let mut total = 0u64;
    for (i, node) in tables(root, mistakes).iter().enumerate() {
        let Value::Table(own) = &node.value else {
            continue;
        };
        let view = View {
            section: Section::Vm(label(own, i)),
            own,
            defaults,
        };
        view.check_keys(mistakes);
        let Some((at, vm)) = vm::read(&view, node.at, mistakes) else {
            continue;
        };
        let name = vm.name.to_string();
        let (line, _) = cursor.advance_to(at);
        if let Some(first_line) = names.get(&name).copied() {
            mistakes.push(At(at, Problem::NameTwice { name, first_line }));
        } else {
            names.insert(name, line);
        }
        let before = total;
        total = total.saturating_add(u64::from(vm.replicas.get()));
        if before <= MOST_VMS && total > MOST_VMS {
            mistakes.push(At(node.at, Problem::TooMany));
        }
        vms.push(vm);
    }
    vms
}

/// The tables under `vm`; what is none is noted.
fn tables<'a>(root: &View<'a>, mistakes: &mut Mistakes) -> &'a [Node] {
    let Some(found) = root.find("vm") else { return &[] };
    let Value::List(nodes) = &found.node.value else {
        mistakes.push(found.wrong(found.node, Expected::Tables.instead_of(found.node.shown())));
        return &[];
    };
    for node in nodes.iter().filter(|node| !matches!(node.value, Value::Table(_))) {
        mistakes.push(found.wrong(node, Expected::Table.instead_of(node.shown())));
    }
    nodes
}

/// How messages call a VM: by its name, or by its number where it has none.
fn label(own: &Table, at: usize) -> String {
    match own.get("name").map(|entry| &entry.node.value) {
        Some(Value::Text(name)) => tree::quoted(name),
        _ => format!("number {}", at + 1),
    }
}
