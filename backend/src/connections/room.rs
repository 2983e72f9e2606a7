//! How many connections there is room for.

/// Of four files the process may open, so many are for connections; the others are the database's, the bus's and our own.
const OF_FOUR: usize = 3;

/// As many connections as are wanted, if the process may open so many files; where nobody knows that, what is wanted.
pub(crate) fn room_for(wanted: u32) -> usize {
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let Some(files) = open_files(&limits) else { return wanted };
    let room = wanted.min(files / 4 * OF_FOUR).max(1);
    if room < wanted {
        tracing::info!(
            room,
            wanted,
            files,
            "fewer connections than wanted: the process may not open more files"
        );
    }
    room
}

/// The soft limit of open files in the kernel's table; `None` where there is none.
fn open_files(limits: &str) -> Option<usize> {
    let row = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    row.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_is_the_one_that_counts() {
        let table = |soft| {
            format!(
                "Limit                     Soft Limit           Hard Limit           Units     \n\
                 Max processes             3                    4                    processes \n\
                 Max open files            {soft:<20} 524288               files     \n"
            )
        };
        assert_eq!(open_files(&table("1024")), Some(1024));
        assert_eq!(open_files(&table("unlimited")), None);
        assert_eq!(open_files(""), None);
    }

    #[test]
    fn there_is_room_for_one_at_least_and_never_for_more_than_wanted() {
        assert_eq!(room_for(1), 1);
        assert!(room_for(u32::MAX) >= 1);
    }
}
