//! The token is in nothing that is written, at the highest verbosity, whatever goes wrong.

mod market;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gpu_place_core::fleet::HostId;
use gpu_place_fetch::{Client, Settings, record};
use gpu_place_sim::{ErrorBody, Fault, Faults, Op, RetryAfter};
use gpu_place_tensordock::InstanceId;
use market::{TOKEN, request, serve_three, settings};
use tracing_subscriber::fmt::MakeWriter;

/// All that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Log;

    fn make_writer(&self) -> Log {
        self.clone()
    }
}

/// Makes every call there is and gives all that came of it, as people and debuggers would see it.
async fn every_call(client: &Client) -> String {
    let instance = InstanceId::new("i-1").unwrap();
    let recorded = record::everything(client, "test", |_| {}).await;
    let mut seen = format!("{client:?} {recorded:?}");
    if let Err(error) = &recorded {
        seen += &error.to_string();
    }
    let created = client.create(&request("vm-1", "a", 20001)).await;
    seen += &format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {created:?}",
        client.hostnode(&HostId::new("a")).await,
        client.locations().await,
        client.instances().await,
        client.instance(&instance).await,
        client.delete(&instance).await,
        client.base_url(),
    );
    seen
}

#[tokio::test]
async fn the_token_shows_nowhere() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let mut seen = String::new();
    let faults = [
        None,
        Some(Fault::Unauthorized),
        Some(Fault::RequestLost),
        Some(Fault::HtmlOk),
        Some(Fault::AnswerLate(Duration::from_secs(2))),
        Some(Fault::Redirect {
            status: 302,
            elsewhere: true,
        }),
        Some(Fault::TooMany(RetryAfter::Absent)),
        Some(Fault::Failure {
            status: 500,
            body: ErrorBody::Json,
            applied: false,
        }),
    ];
    for fault in faults {
        let faults = fault.into_iter().fold(Faults::none(), |faults, fault| {
            Op::ALL
                .into_iter()
                .fold(faults, |faults, op| faults.always(op, fault.clone()))
        });
        let market = serve_three(faults);
        let quick = Duration::from_millis(100);
        let settings = Settings {
            read_timeout: quick,
            create_timeout: quick,
            write_timeout: quick,
            repeats: 1,
            ..settings(&market.url())
        };
        seen += &format!("{settings:?}");
        seen += &every_call(&Client::new(settings).unwrap()).await;
    }
    let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(
        logged.contains("GET /hostnodes") && logged.contains("TRACE"),
        "{logged}"
    );
    assert!(!logged.contains(TOKEN), "the token was logged");
    assert!(!seen.contains(TOKEN), "the token was shown");
}
