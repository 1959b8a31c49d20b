//! Single calls over real sockets: what arrives, what comes back, what is said when nothing does.

mod market;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use gpu_place_core::fleet::HostId;
use gpu_place_fetch::{Client, FetchError, Settings};
use gpu_place_sim::{
    DetailForm, ErrorBody, Fault, Faults, FieldCase, Forms, ListForm, OkError, Op, Options, RateLimit, RetryAfter,
};
use gpu_place_tensordock::{CreateAnswer, DeleteAnswer, GetAnswer, InstanceId, InstanceState, ListAnswer, RefusalKind};
use market::{calls, client, host, request, serve_hosts, serve_three, settings};

fn id(text: &str) -> InstanceId {
    InstanceId::new(text).unwrap()
}

#[tokio::test]
async fn a_machine_s_whole_life() {
    let market = serve_three(Faults::none());
    let client = client(&market);
    let CreateAnswer::Created(created) = client.create(&request("vm-1", "a", 20001)).await.unwrap() else {
        panic!("not created");
    };
    assert_eq!(created.name.as_deref(), Some("vm-1"));
    let found = loop {
        match client.instance(&created.id).await {
            GetAnswer::Found(instance) if instance.state == InstanceState::Running => break instance,
            GetAnswer::Found(_) => {}
            other => panic!("{other:?}"),
        }
    };
    let forwards = found.port_forwards.unwrap();
    assert_eq!(
        forwards.iter().map(|f| f.external_port.number()).collect::<Vec<_>>(),
        [20001]
    );
    assert_eq!(found.rate_hourly.unwrap().to_string(), "0.149");
    let ListAnswer::Listed(list) = client.instances().await else {
        panic!("no list");
    };
    assert!(list.is_complete() && list.instances[0].name == "vm-1");
    assert_eq!(client.delete(&created.id).await, DeleteAnswer::Accepted);
    assert_eq!(client.instance(&created.id).await, GetAnswer::Gone);
    assert_eq!(client.delete(&created.id).await, DeleteAnswer::Gone);
}

#[tokio::test]
async fn every_form_of_an_answer_is_understood() {
    for (list, detail, case) in [
        (ListForm::Named, DetailForm::Data, FieldCase::Real),
        (ListForm::Data, DetailForm::Bare, FieldCase::Swapped),
        (ListForm::Bare, DetailForm::Attributes, FieldCase::Real),
        (ListForm::ById, DetailForm::Data, FieldCase::Real),
        (ListForm::Typed, DetailForm::Attributes, FieldCase::Swapped),
    ] {
        let forms = Forms {
            hostnodes: list,
            hostnode: detail,
            instances: list,
            instance: detail,
            case,
            ..Forms::default()
        };
        let options = Options {
            forms,
            boot_time: Duration::ZERO,
            ..Options::default()
        };
        let market = serve_hosts(vec![host("a", 0.1, &[20001, 20002])], Faults::none(), options);
        let client = client(&market);
        let listing = client.hostnodes().await.unwrap();
        assert_eq!(listing.ids(), [HostId::new("a")], "{list:?}");
        let detail = client.hostnode(&HostId::new("a")).await.unwrap().unwrap();
        assert_eq!(detail.fleet().unwrap().hosts()[0].ports.as_ref().unwrap().len(), 2);
        client.create(&request("vm-1", "a", 20002)).await.unwrap();
        let ListAnswer::Listed(instances) = client.instances().await else {
            panic!("{list:?}");
        };
        assert!(
            instances.is_complete() && instances.instances[0].name == "vm-1",
            "{list:?}"
        );
        let GetAnswer::Found(instance) = client.instance(&instances.instances[0].id).await else {
            panic!("{detail:?}");
        };
        assert_eq!(instance.port_forwards.unwrap()[0].external_port.number(), 20002);
    }
}

#[tokio::test]
async fn looking_is_repeated_while_it_may_help() {
    let faults = Faults::none()
        .on(Op::Hostnodes, 0, Fault::TooMany(RetryAfter::Seconds(0)))
        .on(Op::Hostnodes, 1, Fault::RequestLost)
        .on(Op::Hostnodes, 2, Fault::CutOff)
        .on(
            Op::Hostnodes,
            3,
            Fault::Failure {
                status: 502,
                body: ErrorBody::Html,
                applied: false,
            },
        );
    let market = serve_three(faults);
    assert_eq!(client(&market).hostnodes().await.unwrap().len(), 3);
    assert_eq!(calls(&market, Op::Hostnodes), 5);
}

#[tokio::test]
async fn a_create_is_sent_once_whatever_comes_back() {
    for (fault, lost) in [
        (Fault::RequestLost, true),
        (Fault::AnswerLost, true),
        (Fault::CutOff, true),
        (Fault::HtmlOk, true),
        (Fault::EmptyOk, true),
        (Fault::IdMissing, true),
        (Fault::IdEmpty, true),
        (Fault::Truncated, true),
        (Fault::AnswerLate(Duration::from_secs(5)), true),
        (Fault::Drip(Duration::from_secs(5)), true),
        (Fault::Huge(10 << 20), true),
        (
            Fault::Redirect {
                status: 307,
                elsewhere: false,
            },
            true,
        ),
        (
            Fault::Redirect {
                status: 302,
                elsewhere: true,
            },
            true,
        ),
        (
            Fault::Failure {
                status: 503,
                body: ErrorBody::Html,
                applied: true,
            },
            true,
        ),
        (Fault::TooMany(RetryAfter::Seconds(0)), false),
        (Fault::Unauthorized, false),
        (Fault::StaleStock, false),
        (Fault::ErrorInOk(OkError::WithStatus), false),
    ] {
        let market = serve_three(Faults::none().always(Op::Create, fault.clone()));
        let settings = Settings {
            create_timeout: Duration::from_millis(400),
            ..settings(&market.url())
        };
        let client = Client::new(settings).unwrap();
        // A connection lies ready, as it would in a long session.
        client.hostnodes().await.unwrap();
        let answer = client.create(&request("vm-1", "a", 20001)).await.unwrap();
        assert_eq!(
            matches!(answer, CreateAnswer::Lost { .. }),
            lost,
            "{fault:?}: {answer:?}"
        );
        assert_eq!(calls(&market, Op::Create), 1, "{fault:?}");
    }
}

/// A server that answers looks on connections that stay open, and takes everything else in without an answer. It counts those.
fn closing_server() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/api/v2", listener.local_addr().unwrap());
    let writes = Arc::new(AtomicUsize::new(0));
    let counted = writes.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, counted) = (stream.unwrap(), counted.clone());
            std::thread::spawn(move || {
                let mut buffer = [0; 65536];
                while let Ok(1..) = stream.read(&mut buffer) {
                    if !buffer.starts_with(b"GET ") {
                        counted.fetch_add(1, Ordering::SeqCst);
                        return;
                    }
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]");
                }
            });
        }
    });
    (url, writes)
}

#[tokio::test]
async fn no_layer_below_repeats_a_write() {
    let (url, writes) = closing_server();
    let client = Client::new(settings(&url)).unwrap();
    // Connections lie ready, as they would in a long session.
    client.hostnodes().await.unwrap();
    let answer = client.create(&request("vm-1", "a", 20001)).await.unwrap();
    assert!(matches!(answer, CreateAnswer::Lost { .. }), "{answer:?}");
    assert_eq!(writes.load(Ordering::SeqCst), 1);
    client.hostnodes().await.unwrap();
    let answer = client.delete(&id("i-1")).await;
    assert!(matches!(answer, DeleteAnswer::Unknown { .. }), "{answer:?}");
    assert_eq!(writes.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn what_was_never_sent_is_no_lost_create() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = Client::new(settings(&format!("http://{free}/api/v2"))).unwrap();
    let error = client.create(&request("vm-1", "a", 20001)).await.unwrap_err();
    assert!(
        matches!(error, FetchError::NoRoute { .. }) && error.never_sent(),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_connection_that_is_not_secure_is_none() {
    // One end talks plainly, the other hangs up.
    for answer in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], b""] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}/api/v2", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 65536]);
            let _ = stream.write_all(answer);
        });
        let client = Client::new(settings(&url)).unwrap();
        let error = client.create(&request("vm-1", "a", 20001)).await.unwrap_err();
        assert!(
            matches!(error, FetchError::Tls { .. }) && error.never_sent(),
            "{error:?}"
        );
        assert!(
            error.to_string().contains("no secure connection to 127.0.0.1"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn each_failure_says_what_it_was_and_what_to_do() {
    let html = Fault::HtmlOk;
    let slow = Fault::AnswerLate(Duration::from_secs(5));
    for (fault, says) in [
        (Fault::Unauthorized, "the token was refused"),
        (html, "HTML page"),
        (slow, "no answer within 0.4 s"),
        (Fault::Huge(2 << 20), "larger than 1048576 bytes"),
        (
            Fault::Redirect {
                status: 301,
                elsewhere: true,
            },
            "redirects are not followed",
        ),
        (Fault::TooMany(RetryAfter::Absent), "too many calls"),
        (
            Fault::TooMany(RetryAfter::Text("Fri, 31 Dec 2999 23:59:59 GMT".into())),
            "too many calls",
        ),
        (
            Fault::Failure {
                status: 500,
                body: ErrorBody::Json,
                applied: false,
            },
            "the server failed",
        ),
        (Fault::Truncated, "cut off"),
        (Fault::ErrorInOk(OkError::Unsuccessful), "refused"),
    ] {
        let market = serve_three(Faults::none().always(Op::Hostnodes, fault.clone()));
        let settings = Settings {
            read_timeout: Duration::from_millis(400),
            market_cap: 1 << 20,
            repeats: 1,
            ..settings(&market.url())
        };
        let error = Client::new(settings).unwrap().hostnodes().await.unwrap_err();
        assert!(error.to_string().contains(says), "{fault:?}: {error}");
        assert!(error.to_string().contains("GET /hostnodes"), "{error}");
    }
}

#[tokio::test]
async fn a_wrong_url_or_token_is_told() {
    let market = serve_three(Faults::none());
    let error = Client::new(settings(&market.url().replace("/api/v2", "/api/v1")))
        .unwrap()
        .hostnodes()
        .await
        .unwrap_err();
    assert!(error.to_string().contains("--api-url"), "{error}");
    let wrong = Settings {
        token: Some("wrong".to_owned().into()),
        ..settings(&market.url())
    };
    let error = Client::new(wrong).unwrap().hostnodes().await.unwrap_err();
    assert!(matches!(error, FetchError::Unauthorised { .. }), "{error}");
    let none = Settings {
        token: None,
        ..settings(&market.url())
    };
    assert!(!Client::new(none).unwrap().locations().await.unwrap().is_empty());
    assert_eq!(client(&market).hostnode(&HostId::new("nowhere/../a")).await, Ok(None));
}

#[tokio::test]
async fn a_marketplace_s_rate_limit_is_kept() {
    let limit = RateLimit {
        per_minute: 20,
        retry_after: true,
    };
    let options = Options {
        rate_limit: Some(limit),
        ..Options::default()
    };
    let market = serve_hosts(vec![host("a", 0.1, &[1])], Faults::none(), options);
    let paced = Settings {
        calls_per_minute: 20.try_into().unwrap(),
        ..settings(&market.url())
    };
    let client = Client::new(paced).unwrap();
    // The burst goes through; what comes after it waits, here as in every clone.
    for _ in 0..2 {
        client.clone().hostnodes().await.unwrap();
    }
    assert!(
        tokio::time::timeout(Duration::from_millis(300), client.hostnodes())
            .await
            .is_err()
    );
    assert!(market.log().iter().all(|entry| entry.status == Some(200)));
}

#[tokio::test]
async fn refusals_keep_their_kind_over_the_wire() {
    for (fault, kind) in [
        (Fault::StaleStock, RefusalKind::SoldOut),
        (Fault::NoPublicIp, RefusalKind::NoPublicIp),
        (Fault::NoBalance, RefusalKind::NoMoney),
        (Fault::PortsTaken, RefusalKind::PortsTaken),
        (
            Fault::DeployFails {
                leaves_machine: false,
                in_ok: true,
            },
            RefusalKind::DeploymentFailed,
        ),
    ] {
        let market = serve_three(Faults::none().always(Op::Create, fault.clone()));
        match client(&market).create(&request("vm-1", "a", 20001)).await.unwrap() {
            CreateAnswer::Refused(refusal) => assert_eq!(refusal.kind, kind, "{fault:?}: {refusal}"),
            other => panic!("{fault:?}: {other:?}"),
        }
    }
    let in_500 = Fault::DeployFails {
        leaves_machine: true,
        in_ok: false,
    };
    let market = serve_three(Faults::none().always(Op::Create, in_500));
    let answer = client(&market).create(&request("vm-1", "a", 20001)).await.unwrap();
    assert!(matches!(answer, CreateAnswer::ServerText(r) if r.kind == RefusalKind::DeploymentFailed));
    let market = serve_three(Faults::none());
    let gone = client(&market)
        .create(&request("vm-1", "nowhere", 20001))
        .await
        .unwrap();
    assert!(matches!(gone, CreateAnswer::Refused(r) if r.kind == RefusalKind::Gone));
    let mut unknown_image = request("vm-1", "a", 20001);
    unknown_image.launch =
        gpu_place_tensordock::Launch::new("beos5", Some(gpu_place_tensordock::SshKey::Id("k".into())), None).unwrap();
    match client(&market).create(&unknown_image).await.unwrap() {
        CreateAnswer::Refused(refusal) => match refusal.kind {
            RefusalKind::ImageNotOffered { allowed } => assert!(allowed.contains(&"ubuntu2404".to_owned())),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn strings_of_a_hostile_market_are_harmless() {
    let market = serve_three(
        Faults::none()
            .always(Op::Hostnode, Fault::Hostile)
            .always(Op::Instances, Fault::Hostile),
    );
    let client = client(&market);
    client.create(&request("vm-1", "a", 20001)).await.unwrap();
    let ListAnswer::Listed(list) = client.instances().await else {
        panic!("no list");
    };
    for instance in &list.instances {
        assert!(!instance.name.chars().any(char::is_control) && instance.name.chars().count() <= 200);
    }
    let _ = client.hostnode(&HostId::new("a")).await;
}
