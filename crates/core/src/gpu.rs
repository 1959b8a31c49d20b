//! GPU models by name, and the patterns people ask for them with.

use std::fmt;

/// Position of a model in [`crate::fleet::Fleet::models`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelIx(pub u32);

/// Brands that may be left out of a name, outermost first.
const BRANDS: [&[&str]; 2] = [&["geforce", "quadro", "tesla"], &["rtx", "gtx"]];

/// One model of GPU as the provider names it, such as `geforcertx4090-pcie-24gb`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    name: String,
    aliases: Vec<String>,
    vram_gb: Option<u64>,
}

impl Model {
    /// The model of this name.
    pub fn new(name: &str) -> Model {
        let folded = name.to_lowercase();
        Model {
            name: name.to_owned(),
            vram_gb: vram_gb(&folded),
            aliases: aliases(folded),
        }
    }

    /// The name as the provider writes it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name in lower case.
    pub fn folded(&self) -> &str {
        self.aliases.first().map_or("", |a| a)
    }

    /// The name and its forms without brand, in lower case.
    pub fn aliases(&self) -> &[String] {
        &self.aliases
    }

    /// Memory of one GPU in GB: the last `…gb` part of the name.
    pub fn vram_gb(&self) -> Option<u64> {
        self.vram_gb
    }
}

fn vram_gb(folded: &str) -> Option<u64> {
    let size = |part: &str| {
        let digits = part.strip_suffix("gb")?;
        let plain = (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| digits.parse().ok()).flatten()
    };
    folded.split('-').rev().find_map(size)
}

fn aliases(folded: String) -> Vec<String> {
    let (first, rest) = match folded.split_once('-') {
        Some((first, _)) => (first, &folded[first.len()..]),
        None => (folded.as_str(), ""),
    };
    let mut forms = vec![folded.clone()];
    let mut short = first;
    for brands in BRANDS {
        short = brands
            .iter()
            .find_map(|brand| short.strip_prefix(brand))
            .unwrap_or(short);
        let form = format!("{short}{rest}");
        if !short.is_empty() && !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms
}

/// What a user asks a model by: an exact name, its leading parts, or a glob; each with or without the brand, whatever the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GpuPattern(String);

impl GpuPattern {
    /// The pattern of a text; `None` if it is blank.
    pub fn new(text: &str) -> Option<GpuPattern> {
        let text = text.trim();
        (!text.is_empty()).then(|| GpuPattern(text.to_lowercase()))
    }

    /// The pattern in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a model answers to it.
    pub fn matches(&self, model: &Model) -> bool {
        let glob = self.0.contains(['*', '?']);
        model.aliases().iter().any(|alias| {
            if glob {
                glob_matches(&self.0, alias)
            } else {
                self.leads(alias)
            }
        })
    }

    /// Whether the pattern is the whole name or its leading hyphen-separated parts.
    fn leads(&self, alias: &str) -> bool {
        alias
            .strip_prefix(self.0.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }
}

impl fmt::Display for GpuPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Matches `*` (any run) and `?` (any one character) against a whole name, in time linear in pattern × name.
fn glob_matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    let mut retry = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p + 1, n));
                p += 1;
            }
            Some(c) if *c == '?' || *c == name[n] => (p, n) = (p + 1, n + 1),
            _ => match retry {
                // Let the last star swallow one character more.
                Some((after, from)) => {
                    retry = Some((after, from + 1));
                    (p, n) = (after, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        GpuPattern::new(pattern).unwrap().matches(&Model::new(name))
    }

    #[test]
    fn patterns_of_the_reference() {
        let name = "geforcertx4090-pcie-24gb";
        for yes in [
            "GeForceRTX4090-pcie-24GB",
            "geforcertx4090",
            "rtx4090",
            "4090",
            "4090-pcie",
            "rtx4090-*",
            "*4090*",
            "????-pcie-24gb",
            "rtx*",
        ] {
            assert!(matches(yes, name), "{yes}");
        }
        for no in [
            "rtx409",
            "4090-pc",
            "pcie",
            "rtx4090-",
            "?90-*",
            "geforce",
            "rtx4090-*-48gb",
        ] {
            assert!(!matches(no, name), "{no}");
        }
        assert!(
            matches("h100", "h100-sxm5-80gb")
                && matches("h100-sxm5", "h100-sxm5-80gb")
                && matches("h100-*", "h100-sxm5-80gb")
        );
        assert!(!matches("h100", "h1000-sxm5-80gb"));
        assert!(
            matches("a100", "teslaa100-pcie-40gb")
                && matches("a4000", "quadrortxa4000")
                && matches("rtxa4000", "quadrortxa4000")
        );
    }

    #[test]
    fn memory_is_the_last_gb_part() {
        assert_eq!(Model::new("h100-sxm5-80gb").vram_gb(), Some(80));
        assert_eq!(Model::new("x-16gb-rev2-24GB-b").vram_gb(), Some(24));
        assert_eq!(Model::new("l40s").vram_gb(), None);
        assert_eq!(Model::new("x-gb-1.5gb").vram_gb(), None);
    }

    #[test]
    fn a_bare_brand_has_no_empty_alias() {
        assert_eq!(Model::new("tesla-16gb").aliases(), ["tesla-16gb"]);
    }
}
