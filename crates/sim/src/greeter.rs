//! What answers at the ssh ports of a served market's machines.
//!
//! A client that waits until a machine can be reached finds a greeting there, as sshd
//! gives it, and nothing behind it. Each server has loopback addresses of its own, so
//! that servers side by side don't meet.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use tokio::{io::AsyncWriteExt, net::TcpListener, task::JoinHandle};

use crate::{instance::Instance, market::Market};

const GREETING: &[u8] = b"SSH-2.0-simulated\r\n";

/// The listeners that are open.
#[derive(Default)]
pub(crate) struct Greeter {
    open: BTreeMap<SocketAddr, JoinHandle<()>>,
}

impl Greeter {
    /// The first two bytes, after 127, of the addresses that belong to a server.
    pub fn network(server: SocketAddr) -> Ipv4Addr {
        let [high, low] = server.port().to_be_bytes();
        Ipv4Addr::new(127, high, low, 0)
    }

    /// Opens and closes listeners until they are those of the machines that answer.
    pub fn follow(&mut self, market: &Market) {
        let wanted: BTreeSet<SocketAddr> = market.instances().iter().filter_map(socket).collect();
        self.open.retain(|address, task| {
            let keep = wanted.contains(address);
            if !keep {
                task.abort();
            }
            keep
        });
        for address in wanted {
            if self.open.contains_key(&address) {
                continue;
            }
            match listen(address) {
                Ok(listener) => drop(self.open.insert(address, tokio::spawn(greet(listener)))),
                Err(error) => tracing::warn!(%address, %error, "no machine can answer here"),
            }
        }
    }
}

/// Where a machine's ssh answers, on loopback only.
fn socket(instance: &Instance) -> Option<SocketAddr> {
    let address: IpAddr = instance.address.parse().ok()?;
    let port = instance.ssh_port()?;
    address.is_loopback().then(|| SocketAddr::new(address, port))
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

async fn greet(listener: TcpListener) {
    while let Ok((mut stream, _)) = listener.accept().await {
        // Whoever hangs up before the greeting has no use for it.
        let _ = stream.write_all(GREETING).await;
    }
}
