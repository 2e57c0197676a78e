//! The listening socket, on TCP or a Unix socket.

use std::net::SocketAddr;
#[cfg(unix)]
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::pin::Pin;
use std::{fmt, io};

use tokio::io::{AsyncRead, AsyncWrite};
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::net::{TcpListener, TcpSocket};

use super::limits;
use super::listen_address::{ListenAddress, Resolved};
#[cfg(unix)]
use super::socket_file::{self, SocketFile};

/// Where a listener listens.
#[derive(Debug, Clone)]
pub(super) enum LocalAddress {
    Tcp(SocketAddr),
    #[cfg_attr(not(unix), expect(dead_code, reason = "there are no Unix sockets"))]
    Unix(PathBuf),
}

impl fmt::Display for LocalAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// A connection with a client.
pub(super) trait Connection: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> Connection for T {}

pub(super) struct Listener {
    socket: Socket,
    /// A file descriptor in reserve, with which one more connection can be accepted if the process
    /// has no other left.
    #[cfg(unix)]
    reserve: Option<OwnedFd>,
}

enum Socket {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener, SocketFile),
}

impl Listener {
    /// Binds the first of the addresses that can be bound. Must be called on a runtime with I/O.
    ///
    /// # Errors
    ///
    /// If none can be bound; the error of the last one names the address.
    pub(super) async fn bind(address: &ListenAddress) -> io::Result<Self> {
        let bound = match address.resolve() {
            Ok(Resolved::Tcp(addresses)) => bind_tcp(&addresses).map(Socket::Tcp),
            #[cfg(unix)]
            Ok(Resolved::Unix(path)) => {
                socket_file::bind(&path).await.map(|(listener, file)| Socket::Unix(listener, file))
            }
            #[cfg(not(unix))]
            Ok(Resolved::Unix(_)) => Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "this system has no Unix sockets; write an address and a port",
            )),
            Err(error) => Err(error),
        };
        let socket = bound.map_err(|error| address.error(&error))?;
        let mut listener = Self {
            socket,
            #[cfg(unix)]
            reserve: None,
        };
        listener.refill_reserve();
        Ok(listener)
    }

    pub(super) fn local_address(&self) -> io::Result<LocalAddress> {
        match &self.socket {
            Socket::Tcp(listener) => listener.local_addr().map(LocalAddress::Tcp),
            #[cfg(unix)]
            Socket::Unix(_, file) => Ok(LocalAddress::Unix(file.path().to_owned())),
        }
    }

    /// Waits for a connection. Nothing is lost if the future is dropped.
    pub(super) async fn accept(&self) -> io::Result<Pin<Box<dyn Connection>>> {
        match &self.socket {
            Socket::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                // Answers are written in one piece. If this fails, they are only slower.
                let _ = stream.set_nodelay(true);
                Ok(Box::pin(stream))
            }
            #[cfg(unix)]
            Socket::Unix(listener, _) => Ok(Box::pin(listener.accept().await?.0)),
        }
    }

    /// Frees the file descriptor in reserve. Returns whether there was one.
    #[cfg(unix)]
    pub(super) fn use_reserve(&mut self) -> bool {
        self.reserve.take().is_some()
    }

    /// Takes a file descriptor in reserve, unless there is one already.
    #[cfg(unix)]
    pub(super) fn refill_reserve(&mut self) {
        if self.reserve.is_none() {
            let socket = match &self.socket {
                Socket::Tcp(listener) => listener.as_fd(),
                Socket::Unix(listener, _) => listener.as_fd(),
            };
            self.reserve = socket.try_clone_to_owned().ok();
        }
    }

    #[cfg(not(unix))]
    pub(super) fn use_reserve(&mut self) -> bool {
        false
    }

    #[cfg(not(unix))]
    pub(super) fn refill_reserve(&mut self) {}
}

fn bind_tcp(addresses: &[SocketAddr]) -> io::Result<TcpListener> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for &address in addresses {
        let bound = || {
            let socket = match address {
                SocketAddr::V4(_) => TcpSocket::new_v4()?,
                SocketAddr::V6(_) => TcpSocket::new_v6()?,
            };
            // As std and tokio do: on Windows, it would let two processes share an address.
            #[cfg(not(windows))]
            socket.set_reuseaddr(true)?;
            socket.bind(address)?;
            socket.listen(limits::BACKLOG)
        };
        match bound() {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(last)
}
