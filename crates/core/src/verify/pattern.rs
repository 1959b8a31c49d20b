//! Whether a model's name answers to a pattern, and how much memory a name tells of.

/// Whether a model of this name answers to a pattern; both in lower case.
pub(super) fn answers(name: &str, pattern: &str) -> bool {
    let by_glob = pattern.contains(['*', '?']);
    shorter_names(name).iter().any(|alias| {
        if by_glob {
            glob(pattern, alias)
        } else {
            let parts: Vec<&str> = alias.split('-').collect();
            let wanted: Vec<&str> = pattern.split('-').collect();
            pattern == *alias || parts.starts_with(&wanted)
        }
    })
}

/// The name, and what is left of it when brands are dropped from its beginning.
fn shorter_names(name: &str) -> Vec<String> {
    let mut names = vec![name.to_owned()];
    for brands in [["geforce", "quadro", "tesla"].as_slice(), ["rtx", "gtx"].as_slice()] {
        let last = names.last().cloned().unwrap_or_default();
        let shorter = brands.iter().find_map(|brand| last.strip_prefix(brand));
        // A first part that is nothing but a brand stays.
        let left = shorter.filter(|name| !name.is_empty() && !name.starts_with('-'));
        names.extend(left.map(str::to_owned));
    }
    names
}

/// Whether the pattern, with `*` for any run and `?` for any one character, is the whole name: which ends of the name each beginning
/// of the pattern can reach, one character of the pattern at a time.
fn glob(pattern: &str, name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let mut reached = vec![true];
    reached.resize(name.len() + 1, false);
    for wanted in pattern.chars() {
        let mut next = Vec::with_capacity(reached.len());
        if wanted == '*' {
            let mut any = false;
            next.extend(reached.iter().map(|here| {
                any |= here;
                any
            }));
        } else {
            let fits = |c: &char| wanted == '?' || wanted == *c;
            next.push(false);
            next.extend(reached.iter().zip(&name).map(|(before, c)| *before && fits(c)));
        }
        reached = next;
    }
    reached.last() == Some(&true)
}

/// GB of memory of one GPU: the last part of the name that is a number and `gb`; the name in lower case.
pub(super) fn memory_gb(name: &str) -> Option<u64> {
    let sizes = name.split('-').filter_map(|part| part.strip_suffix("gb"));
    let plain = sizes.filter(|size| size.len() <= 9 && size.chars().all(|c| c.is_ascii_digit()));
    plain.filter_map(|size| size.parse().ok()).next_back()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::gpu::{GpuPattern, Model};

    #[test]
    fn patterns_of_the_reference() {
        let name = "geforcertx4090-pcie-24gb";
        for yes in [
            name,
            "geforcertx4090",
            "rtx4090",
            "4090",
            "4090-pcie",
            "rtx4090-*",
            "*90*",
            "????-pcie-24gb",
        ] {
            assert!(answers(name, yes), "{yes}");
        }
        for no in [
            "rtx409",
            "4090-pc",
            "pcie",
            "geforce",
            "4090-",
            "?90-*",
            "rtx4090-*-48gb",
            "-pcie",
        ] {
            assert!(!answers(name, no), "{no}");
        }
        assert!(!answers("h1000-sxm5", "h100") && answers("tesla-16gb", "tesla"));
    }

    #[test]
    fn memory_is_the_last_gb_part() {
        assert_eq!(memory_gb("x-16gb-rev2-24gb-b"), Some(24));
        assert_eq!((memory_gb("l40s"), memory_gb("x-gb-1.5gb")), (None, None));
    }

    proptest! {
        /// Two readings of the same rule, written apart.
        #[test]
        fn agrees_with_the_matcher(
            name in "(geforce|quadro|tesla)?(rtx|gtx)?[ab4]{0,2}(-[a4]{1,2}){0,2}(-(8|16)gb)?", pattern in "[a4rtx*?-]{1,6}",
        ) {
            prop_assume!(!name.is_empty() && !name.starts_with('-'));
            let model = Model::new(&name);
            prop_assert_eq!(answers(&name, &pattern), GpuPattern::new(&pattern).unwrap().matches(&model));
            prop_assert_eq!(memory_gb(&name), model.vram_gb());
        }
    }
}
