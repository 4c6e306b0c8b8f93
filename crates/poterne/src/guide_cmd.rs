//! `poterne guide`.

pub(crate) fn run(_asked: &crate::cli::Guide) -> anyhow::Result<()> {
    anyhow::bail!("the guide's rules are not joined yet")
}
