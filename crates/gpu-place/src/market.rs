//! The marketplace that a run looks at: a recorded snapshot, the one inside this program, or the real one.

mod token;

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gpu_place_core::fleet::{Fleet, Origin};
use gpu_place_core::place::{Effort, place};
use gpu_place_core::request::Request;
use gpu_place_core::text::clean;
use gpu_place_core::verify::VerifiedPlan;
use gpu_place_fetch::{Client, FetchError, Settings, live, store};
use gpu_place_provision::id::Account;
use gpu_place_provision::run::tensordock::plan_live;
use gpu_place_sim as sim;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use crate::args::market::{MarketFlags, MarketName};
use crate::failure::Failure;
use crate::out::Out;
use crate::show::safe;

/// Calls a minute that the embedded marketplace takes: it is on this machine.
const EMBEDDED_RATE: u32 = 60_000;
/// The token of the embedded marketplace.
const EMBEDDED_TOKEN: &str = "sim";
/// Longest reason shown for a host that could not be read.
const REASON: usize = 160;

/// Where hosts come from.
pub enum Market {
    /// A file: nothing can be created.
    Recorded { file: PathBuf, max_age: Option<Duration> },
    /// A marketplace that can be bought from.
    Live(Live),
}

/// A marketplace that can be bought from.
pub struct Live {
    pub client: Client,
    pub account: Account,
    /// The embedded marketplace, which runs as long as this lives.
    embedded: Option<sim::Running>,
}

/// A marketplace as it was seen.
pub struct View {
    pub fleet: Fleet,
    /// How old it is and where it came from, in words.
    pub data: String,
    /// What it was read from: what `--save-snapshot` keeps.
    pub document: Vec<u8>,
}

impl Market {
    /// The marketplace that the flags name. Nothing is fetched yet.
    pub fn open(flags: &MarketFlags) -> Result<Market, Failure> {
        match (&flags.snapshot, flags.market) {
            (Some(file), _) => Ok(Market::Recorded {
                file: file.clone(),
                max_age: flags.max_age,
            }),
            (None, Some(MarketName::Sim)) => Ok(Market::Live(embedded(flags)?)),
            (None, _) => Ok(Market::Live(remote(flags)?)),
        }
    }

    /// The marketplace, which has to be one that can be bought from.
    pub fn open_live(flags: &MarketFlags) -> Result<Live, Failure> {
        match Market::open(flags)? {
            Market::Live(live) => Ok(live),
            Market::Recorded { .. } => Err(Failure::bad_input("a snapshot is no marketplace that can be called")),
        }
    }

    /// All hosts, without a plan in mind. Live, ports stay unknown and count as if they sufficed.
    pub async fn survey(&self, out: Out) -> Result<View, Failure> {
        let view = match self {
            Market::Recorded { file, max_age } => recorded_view(file, *max_age)?,
            Market::Live(live) => {
                let planner = |_: &Fleet| ((), Vec::new());
                let seen = live::plan(&live.client, planner, |_, _| {})
                    .await
                    .map_err(unreachable)?;
                live.view(seen.fleet, seen.document)
            }
        };
        warn_malformed(&view.fleet, out);
        Ok(view)
    }

    /// A verified plan, and the hosts it was made from.
    pub async fn plan(&self, request: &Request, effort: Effort<'_>, out: Out) -> Result<(View, VerifiedPlan), Failure> {
        let (view, plan) = match self {
            Market::Recorded { file, max_age } => {
                let view = recorded_view(file, *max_age)?;
                let plan = place(&view.fleet, request, &[], effort).map_err(|e| Failure::could_not(e.to_string()))?;
                (view, plan)
            }
            Market::Live(live) => live.plan(request, effort, out).await.map_err(unreachable)??,
        };
        warn_malformed(&view.fleet, out);
        Ok((view, plan))
    }
}

impl Live {
    /// Whether this is the marketplace inside the program, where nothing costs anything.
    pub fn is_embedded(&self) -> bool {
        self.embedded.is_some()
    }

    async fn plan(
        &self,
        request: &Request,
        effort: Effort<'_>,
        out: Out,
    ) -> Result<Result<(View, VerifiedPlan), Failure>, FetchError> {
        let planned = plan_live(&self.client, request, &[], effort).await?;
        for dropped in &planned.dropped {
            out.warn(&format!(
                "host {} is left out: {}",
                safe(dropped.id.as_str()),
                clean(&dropped.why, REASON)
            ));
        }
        let plan = planned.plan.map_err(|e| Failure::could_not(e.to_string()));
        Ok(plan.map(|plan| (self.view(planned.fleet, planned.document), plan)))
    }

    fn view(&self, fleet: Fleet, document: String) -> View {
        let from = if self.is_embedded() {
            "the embedded marketplace".to_owned()
        } else {
            safe(self.client.base_url())
        };
        let details = fleet.origin().details.unwrap_or(0);
        let data = format!(
            "{} hosts at {from}, listed just now, {details} looked at in detail",
            fleet.listed()
        );
        View {
            fleet,
            data,
            document: document.into_bytes(),
        }
    }
}

fn embedded(flags: &MarketFlags) -> Result<Live, Failure> {
    let options = sim::Options {
        token: Some(EMBEDDED_TOKEN.into()),
        ..sim::Options::default()
    };
    let running = sim::serve(sim::Market::embedded(options), ([127, 0, 0, 1], 0).into())
        .map_err(|e| Failure::could_not(format!("cannot start the embedded marketplace: {e}")))?;
    // The address differs from run to run; the account has to stay the same.
    let account = Account::new("sim:", EMBEDDED_TOKEN);
    let client = client(&running.url(), EMBEDDED_TOKEN.into(), EMBEDDED_RATE, flags.http_timeout)?;
    Ok(Live {
        client,
        account,
        embedded: Some(running),
    })
}

fn remote(flags: &MarketFlags) -> Result<Live, Failure> {
    let token = token::find(flags.token_file.as_deref())?;
    let url = flags
        .api_url
        .clone()
        .unwrap_or_else(|| Settings::tensordock(token.clone()).base_url);
    let account = Account::new(&url, token.expose_secret());
    Ok(Live {
        client: client(&url, token, flags.rate_limit, flags.http_timeout)?,
        account,
        embedded: None,
    })
}

fn client(url: &str, token: SecretString, rate: u32, timeout: Option<Duration>) -> Result<Client, Failure> {
    let mut settings = Settings::new(url, Some(token));
    if let Some(most) = timeout {
        settings = settings.answered_within(most);
    }
    settings.calls_per_minute = NonZeroU32::new(rate).unwrap_or(NonZeroU32::MIN);
    Client::new(settings).map_err(|e| match e {
        FetchError::Url { .. } | FetchError::Token(_) => Failure::bad_input(e.to_string()),
        _ => Failure::could_not(e.to_string()),
    })
}

/// A call that failed, as the end of a run.
pub fn unreachable(error: FetchError) -> Failure {
    Failure::could_not(error.to_string())
}

/// A recorded fleet, whatever its age.
pub fn recorded(file: &Path) -> Result<Fleet, Failure> {
    Ok(recorded_view(file, None)?.fleet)
}

fn recorded_view(file: &Path, max_age: Option<Duration>) -> Result<View, Failure> {
    let document = store::load(file).map_err(|e| Failure::could_not(e.to_string()))?;
    let read = gpu_place_tensordock::read(&document);
    let fleet = read
        .map_err(|e| Failure::could_not(format!("{}: {e}", file.display())))?
        .fleet;
    let age = age(fleet.origin(), max_age).map_err(|e| Failure::could_not(format!("{}: {e}", file.display())))?;
    let data = format!("{} hosts from {}, {age}", fleet.listed(), file.display());
    Ok(View { fleet, data, document })
}

fn age(origin: &Origin, max_age: Option<Duration>) -> Result<String, store::AgeError> {
    let (taken_at, now) = (origin.taken_at.as_deref(), Timestamp::now());
    if let Some(most) = max_age {
        store::check_age(taken_at, now, most)?;
    }
    Ok(match (store::age(taken_at, now), taken_at) {
        (Some(age), Some(taken)) => format!("{} old (taken {})", coarse(age), safe(taken)),
        _ => "of unknown age".into(),
    })
}

/// A duration in its largest unit, for a person.
fn coarse(age: Duration) -> String {
    let seconds = age.as_secs();
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let (size, unit) = units
        .into_iter()
        .find(|(size, _)| seconds >= *size)
        .unwrap_or((1, "second"));
    let count = seconds / size;
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

fn warn_malformed(fleet: &Fleet, out: Out) {
    let bad = fleet.malformed();
    if let Some(first) = bad.first() {
        let id = first
            .id
            .as_ref()
            .map_or_else(|| "one without id".to_owned(), |id| safe(id.as_str()));
        let why = clean(&first.reason, REASON);
        out.warn(&format!(
            "{} of {} hosts could not be read, such as {id}: {why}",
            bad.len(),
            fleet.listed()
        ));
    }
}
