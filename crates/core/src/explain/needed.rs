//! Giving up members of a set as long as what is left holds, many at a time while that works.

/// Members none of which can be given up by itself without `holds` failing for the rest. `holds` is taken to be true of all
/// `members`; it is asked about as often as there are members that stay, and a few times for all the others.
///
/// Where fewer members could hold again although more did not, one pass can leave some that can be spared; then call it again.
/// `None` as soon as `holds` has no answer.
pub(super) fn needed<T: Clone>(mut members: Vec<T>, holds: &mut dyn FnMut(&[T]) -> Option<bool>) -> Option<Vec<T>> {
    let (mut at, mut chunk) = (0, members.len().div_ceil(2));
    while at < members.len() {
        let end = (at + chunk).min(members.len());
        let rest = [&members[..at], &members[end..]].concat();
        if holds(&rest)? {
            members = rest;
            chunk *= 2;
        } else if end - at == 1 {
            at += 1;
        } else {
            chunk = (end - at) / 2;
        }
    }
    Some(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_spared_goes_and_the_rest_stays() {
        let mut asked = 0;
        let mut holds = |set: &[u32]| {
            asked += 1;
            Some([3, 70].iter().all(|n| set.contains(n)))
        };
        assert_eq!(needed((0..100).collect(), &mut holds), Some(vec![3, 70]));
        assert!(asked < 35, "{asked}");
        assert_eq!(needed(vec![1], &mut |_| Some(true)), Some(vec![]));
        assert_eq!(needed(vec![1, 2], &mut |_| None), None);
    }
}
