//! Changes as a person would type them: as flags of the command line, or as keys of a fleet file.

use crate::explain::{Change, Field, Value};
use crate::request::CountRange;

/// How changes are spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// As flags, for a request that was made of flags.
    Flags,
    /// As keys of a fleet file.
    Keys,
}

/// A change in the given spelling, without what it changes from.
pub(super) fn change(change: &Change, spelling: Spelling) -> String {
    match spelling {
        Spelling::Flags => flags(change.field, &change.to),
        Spelling::Keys => {
            let text = key(change.field, &change.to);
            change
                .vm
                .as_ref()
                .map_or_else(|| text.clone(), |vm| format!("{vm}: {text}"))
        }
    }
}

/// A value under its flag or key, as it is.
pub(super) fn value(field: Field, value: &Value, spelling: Spelling) -> String {
    match spelling {
        Spelling::Flags => flags(field, value),
        Spelling::Keys => key(field, value),
    }
}

fn key(field: Field, value: &Value) -> String {
    let word = field.word();
    match value {
        Value::Nothing => format!("without {word}"),
        Value::Place(kind) => format!("{word} = \"{}\"", kind.word()),
        Value::Count(count) if !is_one_number(*count) => format!("{word} = \"{count}\""),
        value => format!("{word} = {value}"),
    }
}

fn is_one_number(count: CountRange) -> bool {
    count.least() == count.most()
}

fn flags(field: Field, value: &Value) -> String {
    let Some(flag) = flag(field) else {
        return key(field, value);
    };
    match value {
        Value::Nothing | Value::Flag(false) => format!("without {flag}"),
        Value::Flag(true) => flag.to_owned(),
        Value::Texts(texts) if texts.is_empty() => format!("without {flag}"),
        Value::Texts(texts) if field == Field::Gpu => format!("{flag} {}", quoted(&texts.join(","))),
        Value::Texts(texts) => repeated(flag, texts.iter().map(|text| quoted(text))),
        Value::Ports(ports) if ports.is_empty() => "--no-ports".to_owned(),
        Value::Ports(ports) => repeated(flag, ports.iter().map(ToString::to_string)),
        Value::Spread(rule) => format!("{flag} {}:{}", rule.by.word(), rule.max),
        value => format!("{flag} {value}"),
    }
}

fn repeated(flag: &str, values: impl Iterator<Item = String>) -> String {
    values
        .map(|value| format!("{flag} {value}"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The flag of a key; `None` for keys that only a fleet file has.
fn flag(field: Field) -> Option<&'static str> {
    Some(match field {
        Field::MinTotalVramGb => "--min-total-vram",
        Field::MinVramGb => "--min-vram",
        Field::Ports => "--port",
        Field::StorageGb => "--storage",
        Field::RamGb => "--ram",
        Field::Vcpu => "--vcpu",
        Field::NetworkStorage => "--network-storage",
        Field::MinUploadGbps => "--min-upload",
        Field::MinNetworkGbps => "--min-network",
        Field::PublicIp => "--public-ip",
        Field::ExcludeHosts => "--exclude-host",
        Field::ExcludeCountries => "--exclude-country",
        Field::Organizations => "--organization",
        Field::Locations => "--location",
        Field::Countries => "--country",
        Field::Hosts => "--host",
        Field::MinUptime => "--min-uptime",
        Field::MinTier => "--min-tier",
        Field::Together => "--together",
        Field::Spread => "--spread",
        Field::MaxPricePerHr => "--max-price",
        Field::Count => "--count",
        Field::Gpu => "--gpu",
        Field::BudgetPerHr => "--budget",
        Field::Group | Field::Partial => return None,
    })
}

/// Quoted for a shell where it has to be.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.,:/@+%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::PortAsk;

    #[test]
    fn values_are_typed_as_flags_and_as_keys() {
        let texts = |texts: &[&str]| Value::Texts(texts.iter().map(|t| (*t).to_owned()).collect());
        let ports = Value::Ports(vec![PortAsk::parse("22").unwrap(), PortAsk::parse("80:20001").unwrap()]);
        for (field, value, as_flags, as_key) in [
            (
                Field::Gpu,
                texts(&["h100", "a100-*"]),
                "--gpu 'h100,a100-*'",
                r#"gpu = ["h100", "a100-*"]"#,
            ),
            (
                Field::Countries,
                texts(&["Côte d'Ivoire"]),
                r"--country 'Côte d'\''Ivoire'",
                r#"countries = ["Côte d'Ivoire"]"#,
            ),
            (
                Field::Ports,
                ports,
                "--port 22 --port 80:20001",
                r#"ports = [22, "80:20001"]"#,
            ),
            (Field::Ports, Value::Ports(vec![]), "--no-ports", "ports = []"),
            (Field::MinTier, Value::Nothing, "without --min-tier", "without min_tier"),
            (
                Field::Count,
                Value::Count(CountRange::new(2, 8).unwrap()),
                "--count 2..8",
                r#"count = "2..8""#,
            ),
            (Field::Group, Value::Nothing, "without group", "without group"),
        ] {
            assert_eq!(
                (flags(field, &value), key(field, &value)),
                (as_flags.to_owned(), as_key.to_owned())
            );
        }
    }
}
