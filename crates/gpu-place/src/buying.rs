//! From a plan to instances: what has to be right before, asking, buying, and telling.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use etcetera::BaseStrategy;
use gpu_place_core::money::Money;
use gpu_place_core::place::Effort;
use gpu_place_core::request::Request;
use gpu_place_core::sizes;
use gpu_place_core::verify::VerifiedPlan;
use gpu_place_fetch::Client;
use gpu_place_provision::buyer::{Again, Placed, Terms};
use gpu_place_provision::id::{RequestKey, Words};
use gpu_place_provision::journal::Purse;
use gpu_place_provision::market::Fault;
use gpu_place_provision::run::tensordock::{TensorDock, plan_again};
use gpu_place_provision::run::{Desk, MEMORY, Session, aims};
use gpu_place_tensordock::{CloudInit, Launch, SshKey};

use crate::args::buying::BuyingFlags;
use crate::asking::confirm;
use crate::failure::{Exit, Failure};
use crate::market::{Live, View};
use crate::out::Out;
use crate::show::money::{per_hour, per_month};
use crate::watch::Interrupt;
use crate::{input, show};

/// Longest line that is told of what is done, in characters.
pub const NEWS: usize = 600;

/// How a run is meant to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    /// The plan is all that is wanted, or all that there can be.
    PlanOnly,
    /// The create requests are printed, not sent.
    DryRun,
    /// A person is asked.
    Ask,
    /// Agreed to beforehand.
    Yes,
}

impl Intent {
    /// What the flags and the terminal allow.
    pub fn of(flags: &BuyingFlags, out: Out, recorded: bool) -> Result<Intent, Failure> {
        let person = std::io::stdin().is_terminal() && std::io::stderr().is_terminal() && !out.json;
        match (flags.yes, flags.dry_run, recorded) {
            (true, _, true) => Err(
                Failure::bad_input("--yes buys, and nothing can be bought from a snapshot")
                    .help("leave --snapshot out to plan on the live marketplace, or leave --yes out"),
            ),
            (true, _, false) => Ok(Intent::Yes),
            (_, true, _) => Ok(Intent::DryRun),
            (_, _, true) => Ok(Intent::PlanOnly),
            _ if person && (flags.ssh_key.is_some() || flags.ssh_key_id.is_some() || is_windows(flags)) => {
                Ok(Intent::Ask)
            }
            _ => Ok(Intent::PlanOnly),
        }
    }

    /// Whether something may be created.
    pub fn buys(self) -> bool {
        matches!(self, Intent::Ask | Intent::Yes)
    }
}

fn is_windows(flags: &BuyingFlags) -> bool {
    flags.image.to_lowercase().starts_with("windows")
}

/// What every instance is started with; an error if it could not be reached, before anything is bought.
pub fn launch(flags: &BuyingFlags, request: &Request) -> Result<Launch, Failure> {
    let refuse = |e: gpu_place_tensordock::LaunchError| Failure::bad_input(e.to_string());
    let key = match (&flags.ssh_key, &flags.ssh_key_id) {
        (Some(key), _) => Some(SshKey::Text(key_text(key)?)),
        (None, Some(id)) => Some(SshKey::Id(id.clone())),
        (None, None) => None,
    };
    let cloud_init = flags.cloud_init.as_deref().map(cloud_init).transpose()?;
    let launch = Launch::new(&flags.image, key, cloud_init).map_err(refuse)?;
    for vm in request.vms() {
        let ports = sizes::ports(vm);
        launch
            .check_reach(ports.iter().map(|p| p.internal.number()), vm.public_ip)
            .map_err(refuse)?;
    }
    Ok(launch)
}

/// A key is given as its text, or as a file that holds it.
fn key_text(given: &str) -> Result<String, Failure> {
    if given.trim_start().starts_with(['s', 'e']) && given.contains(' ') && !std::path::Path::new(given).exists() {
        return Ok(given.trim().to_owned());
    }
    let home = etcetera::home_dir().ok();
    let path = match (given.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(given),
    };
    let text = input::text(&path).map_err(|e| Failure::bad_input(format!("--ssh-key: {e}")))?;
    Ok(text.trim().to_owned())
}

fn cloud_init(file: &std::path::Path) -> Result<CloudInit, Failure> {
    // JSON is YAML as well, so one reader serves both.
    serde_saphyr::from_str(&input::text(file)?)
        .map_err(|e| Failure::bad_input(format!("{}: {e}", file.display())))
        .map_err(|f| f.help("cloud-init may hold runcmd, packages, package_update, package_upgrade and write_files"))
}

/// The folder of the journal: as given, temporary for the embedded marketplace, else where the platform keeps state.
pub struct StateDir {
    pub path: PathBuf,
    /// Removed when dropped.
    _temporary: Option<tempfile::TempDir>,
}

/// Finds the folder of the journal.
pub fn state_dir(given: Option<&PathBuf>, embedded: bool) -> Result<StateDir, Failure> {
    if let Some(path) = given {
        return Ok(StateDir {
            path: path.clone(),
            _temporary: None,
        });
    }
    if embedded {
        let folder =
            tempfile::tempdir().map_err(|e| Failure::could_not(format!("cannot make a temporary folder: {e}")))?;
        return Ok(StateDir {
            path: folder.path().to_owned(),
            _temporary: Some(folder),
        });
    }
    let base = etcetera::choose_base_strategy().map_err(|e| {
        Failure::could_not(format!("no home folder to keep the journal in: {e}")).help("give --state-dir")
    })?;
    let base = base.state_dir().unwrap_or_else(|| base.data_dir());
    Ok(StateDir {
        path: base.join("gpu-place"),
        _temporary: None,
    })
}

/// A purchase that was claimed in the journal, so that no other process is at it.
pub struct Purchase {
    pub session: Session,
    launch: Launch,
    state: StateDir,
}

impl Purchase {
    /// Claims the request.
    pub fn begin(flags: &BuyingFlags, request: &Request, launch: Launch, live: &Live) -> Result<Purchase, Failure> {
        let state = state_dir(flags.state_dir.as_ref(), live.is_embedded())?;
        let words = Words::of(request, &instance_words(flags, &launch));
        let key = match &flags.request_id {
            Some(key) => {
                RequestKey::given(key).ok_or_else(|| Failure::bad_input("--request-id is empty or too long"))?
            }
            None => RequestKey::of(&words, &live.account.api_url),
        };
        let session = Session::begin(&state.path, key, words, live.account.clone()).map_err(journal)?;
        Ok(Purchase { session, launch, state })
    }

    /// Looks for what other requests left in doubt.
    pub async fn look_first(&mut self, counter: &mut Counter<'_>) -> Result<(), Failure> {
        let market = TensorDock {
            client: counter.client.clone(),
            launch: None,
        };
        let warnings = self.session.look_first(&market, counter).await.map_err(journal)?;
        warnings.iter().for_each(|warning| counter.out.warn(warning));
        Ok(())
    }

    /// Hosts that failed lately.
    pub fn set_aside(&self) -> Result<Vec<gpu_place_provision::journal::SetAside>, Failure> {
        self.session.set_aside(MEMORY).map_err(journal)
    }

    /// Buys what was planned, or takes up what an earlier run left.
    pub async fn buy(
        mut self,
        flags: &BuyingFlags,
        request: &Request,
        planned: Option<(&View, &VerifiedPlan)>,
        mut counter: Counter<'_>,
    ) -> Result<Exit, Failure> {
        let out = counter.out;
        let mut terms = terms(flags, request);
        terms.set_aside = self.set_aside()?.into_iter().map(|s| s.host).collect();
        let aims = planned.map_or_else(Vec::new, |(view, plan)| aims(&view.fleet, request, plan, flags.yes));
        let market = TensorDock {
            client: counter.client.clone(),
            launch: Some(self.launch),
        };
        let outcome = self
            .session
            .buy(terms, aims, &market, &mut counter)
            .await
            .map_err(journal)?;
        let outcome = match planned {
            Some((_, plan)) => outcome.with_plan(plan.plan().clone()),
            None => outcome,
        };
        for warning in &outcome.warnings {
            // In JSON the reason stands in the document; in text it is told once, with the outcome.
            if out.json || Some(warning) != outcome.reason.as_ref() {
                out.warn(warning);
            }
        }
        let told = out.reaches(&if out.json {
            outcome.to_json()
        } else {
            show::outcome::outcome(&outcome)
        })?;
        // What nobody heard is told again by the next run of the same command, which takes over what exists.
        if told {
            self.session.end().map_err(journal)?;
        }
        drop(self.state);
        Ok(exit(outcome.exit_code()))
    }
}

fn terms(flags: &BuyingFlags, request: &Request) -> Terms {
    let mut terms = Terms::new(request.clone());
    terms.purse = Purse {
        budget: request.budget_per_hr,
        ceiling: flags.ceiling,
    };
    terms.attempts = flags.attempts;
    terms.keep_partial = flags.keep_partial;
    terms.settle_for = Duration::from_secs(flags.settle_for);
    terms.wait_ready = flags.wait_ready;
    terms.ssh = !is_windows(flags);
    terms.may_ask = !flags.yes;
    terms
}

/// What besides the request makes one purchase differ from another. It is hashed, never kept.
fn instance_words(flags: &BuyingFlags, launch: &Launch) -> Vec<u8> {
    let files = flags
        .cloud_init
        .as_deref()
        .and_then(|f| std::fs::read(f).ok())
        .unwrap_or_default();
    let mut words = format!("{}\n{:?}\n{:?}\n", launch.image(), flags.ssh_key, flags.ssh_key_id).into_bytes();
    words.extend(files);
    words
}

/// A journal that cannot be used, as the end of a run.
pub fn journal(error: gpu_place_provision::journal::JournalError) -> Failure {
    use gpu_place_provision::journal::JournalError as E;
    let message = error.to_string();
    match error {
        E::Unknown(_) => Failure::bad_input(message).help("`gpu-place status` lists what there is"),
        E::OtherWords { .. } => Failure::bad_input(message),
        _ => Failure::could_not(message),
    }
}

/// An exit code of the provisioning library, as this program's.
pub fn exit(code: u8) -> Exit {
    match code {
        0 => Exit::Done,
        2 => Exit::BadInput,
        3 => Exit::NoPlacement,
        4 => Exit::NotBought,
        5 => Exit::Partly,
        6 => Exit::Unknown,
        _ => Exit::CouldNotWork,
    }
}

/// Where the buyer plans again, asks, and tells.
pub struct Counter<'a> {
    pub client: Client,
    pub effort: Effort<'a>,
    pub interrupt: &'a Interrupt,
    pub out: Out,
}

impl Desk for Counter<'_> {
    async fn plan(&mut self, again: &Again) -> Result<Vec<Placed>, Fault> {
        plan_again(&self.client, again, self.effort).await
    }

    async fn ask(&mut self, placed: &[Placed]) -> bool {
        let cost: Money = placed.iter().map(Placed::cost).sum();
        for placed in placed {
            let (p, host) = (&placed.placement, show::safe(placed.placement.host_id.as_str()));
            self.out.note(&format!(
                "{} {}: {} × {} on {host}, {}",
                p.vm,
                p.replica,
                p.gpu_count,
                show::safe(&p.gpu),
                per_hour(placed.cost())
            ));
        }
        let question = format!("Create instead for {} ({})?", per_hour(cost), per_month(cost));
        confirm(question, self.interrupt).await
    }

    fn tell(&mut self, news: &str) {
        self.out.note(&gpu_place_core::text::clean(news, NEWS));
    }

    fn wants_to_stop(&self) -> bool {
        self.interrupt.pressed()
    }

    async fn stopped(&self) {
        self.interrupt.wait().await;
    }
}
