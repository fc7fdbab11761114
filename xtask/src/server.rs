//! A small file server on 127.0.0.1, for `serve` and for the browser tests; it knows nothing of what it serves.

use anyhow::{Context, Result};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A browser keeps a connection open for its next request; after this long without one it is let go.
const PATIENCE: Duration = Duration::from_secs(30);

/// No browser sends a longer head.
const LONGEST_HEAD: u64 = 64 * 1024;

/// A running server; it takes no more connections when this value goes out of scope.
///
/// Each connection has a thread of its own, so that none ever waits for another: a page that loads is six at most.
pub struct Server {
    address: SocketAddr,
    site: Arc<Site>,
    listening: Option<JoinHandle<()>>,
}

/// What is served, and whether it still is.
struct Site {
    folder: PathBuf,
    mount: String,
    ended: AtomicBool,
}

impl Server {
    /// Serves the folder under the path `mount` (which begins and ends with `/`); port 0 takes any free one.
    pub fn start(folder: &Path, mount: &str, port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .with_context(|| format!("port {port} can't be listened on"))?;
        let address = listener.local_addr()?;
        let site = Arc::new(Site {
            folder: folder.to_path_buf(),
            mount: mount.to_owned(),
            ended: AtomicBool::new(false),
        });
        let served = Arc::clone(&site);
        let listening = std::thread::spawn(move || {
            for connection in listener.incoming() {
                if served.ended.load(Ordering::Relaxed) {
                    break;
                }
                let Ok(connection) = connection else { continue };
                let site = Arc::clone(&served);
                std::thread::spawn(move || {
                    // A browser that goes away in mid-answer is no concern of the others.
                    let _ = converse(&connection, &site);
                });
            }
        });
        Ok(Self {
            address,
            site,
            listening: Some(listening),
        })
    }

    /// The page's address.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.site.mount)
    }

    /// Serves until the program is ended.
    pub fn wait(mut self) {
        if let Some(listening) = self.listening.take() {
            // It ends only with the program.
            let _ = listening.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.site.ended.store(true, Ordering::Relaxed);
        // The listener looks up only when somebody comes.
        let _ = TcpStream::connect(self.address);
    }
}

/// Answers the requests of one connection until the browser has no more.
fn converse(connection: &TcpStream, site: &Site) -> std::io::Result<()> {
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection);
    while let Some(request) = read_head(&mut reader)? {
        answer(connection, site, &request)?;
        if request.is_last {
            break;
        }
    }
    Ok(())
}

/// What a browser asks for.
struct Request {
    method: String,
    url: String,
    /// Whether it wants the connection closed after the answer.
    is_last: bool,
}

/// The next request; `None` when there is none.
fn read_head(reader: &mut impl BufRead) -> std::io::Result<Option<Request>> {
    let mut head = reader.take(LONGEST_HEAD);
    let mut first = String::new();
    if head.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut header = String::new();
    let mut is_last = false;
    // The headers end with an empty line; no other changes the answer.
    while head.read_line(&mut header)? > 0 && !header.trim_end().is_empty() {
        is_last |= header.trim_end().eq_ignore_ascii_case("connection: close");
        header.clear();
    }
    let mut words = first.split_whitespace().map(str::to_owned);
    Ok(words.next().zip(words.next()).map(|(method, url)| Request {
        method,
        url,
        is_last,
    }))
}

fn answer(mut connection: &TcpStream, site: &Site, request: &Request) -> std::io::Result<()> {
    let file = file_of(&request.url, &site.folder, &site.mount);
    let found = file.and_then(|path| Some((std::fs::read(&path).ok()?, path)));
    let (status, body, path) = match (request.method.as_str(), found) {
        ("GET" | "HEAD", Some((bytes, path))) => ("200 OK", bytes, path),
        ("GET" | "HEAD", None) => (
            "404 Not Found",
            b"There is nothing at this address.\n".to_vec(),
            PathBuf::from("answer.txt"),
        ),
        _ => (
            "405 Method Not Allowed",
            Vec::new(),
            PathBuf::from("answer.txt"),
        ),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: {}\r\n\
         X-Content-Type-Options: nosniff\r\n\r\n",
        mime_type(&path),
        body.len(),
        caching(&path),
    );
    connection.write_all(head.as_bytes())?;
    if request.method != "HEAD" {
        connection.write_all(&body)?;
    }
    connection.flush()
}

/// The file that an address means; `None` for one outside the mount or the folder.
fn file_of(url: &str, folder: &Path, mount: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?.strip_prefix(mount)?;
    let name = if path.is_empty() { "index.html" } else { path };
    let inside = Path::new(name)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    // Every file of the bundle has a plain name, so there is nothing to percent-decode.
    (inside && !name.contains(['%', '\\'])).then(|| folder.join(name))
}

fn mime_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("txt") => "text/plain; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        // Without this type the browser can't compile while it downloads.
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

/// A file with a hash in its name (Trunk's have 16 digits, less any leading noughts) never changes; the page that names
/// it may.
fn caching(path: &Path) -> &'static str {
    let stem = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    let is_hash = |part: &str| {
        (10..=16).contains(&part.len()) && part.chars().all(|digit| digit.is_ascii_hexdigit())
    };
    if stem.trim_end_matches("_bg").split('-').any(is_hash) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder that is gone when the test is over.
    struct Folder(PathBuf);

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn folder(name: &str) -> Folder {
        let folder =
            std::env::temp_dir().join(format!("loadscape-server-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("index.html"), "<p>page</p>").unwrap();
        std::fs::write(folder.join("app-0123456789abcdef_bg.wasm"), "\0asm").unwrap();
        Folder(folder)
    }

    fn get(server: &Server, path: &str) -> String {
        let mut stream = std::net::TcpStream::connect(server.address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn the_page_is_served_under_a_sub_path_and_nowhere_else() {
        let folder = folder("mount");
        let server = Server::start(&folder.0, "/tools/loadscape/", 0).unwrap();
        assert!(get(&server, "/tools/loadscape/").contains("<p>page</p>"));
        assert!(get(&server, "/tools/loadscape/?a=b").contains("<p>page</p>"));
        assert!(get(&server, "/").starts_with("HTTP/1.1 404"));
        assert!(server.url().ends_with("/tools/loadscape/"));
    }

    #[test]
    fn wasm_has_its_type_and_hashed_names_are_kept_for_good() {
        let folder = folder("types");
        let server = Server::start(&folder.0, "/", 0).unwrap();
        let answer = get(&server, "/app-0123456789abcdef_bg.wasm");
        assert!(
            answer.contains("application/wasm") && answer.contains("immutable"),
            "{answer}"
        );
        assert!(get(&server, "/").contains("no-cache"));
    }

    #[test]
    fn idle_connections_keep_nobody_waiting() {
        let folder = folder("idle");
        let server = Server::start(&folder.0, "/", 0).unwrap();
        let idle: Vec<_> = (0..20)
            .map(|_| TcpStream::connect(server.address).unwrap())
            .collect();
        assert!(get(&server, "/").contains("<p>page</p>"));
        drop(idle);
    }

    #[test]
    fn a_connection_carries_several_requests() {
        let folder = folder("several");
        let server = Server::start(&folder.0, "/", 0).unwrap();
        let mut stream = TcpStream::connect(server.address).unwrap();
        write!(
            stream,
            "GET / HTTP/1.1\r\n\r\nHEAD / HTTP/1.1\r\n\r\nPUT / HTTP/1.1\r\n\r\n"
        )
        .unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answers = String::new();
        stream.read_to_string(&mut answers).unwrap();
        assert_eq!(answers.matches("HTTP/1.1 200").count(), 2);
        assert_eq!(answers.matches("<p>page</p>").count(), 1);
        assert_eq!(answers.matches("HTTP/1.1 405").count(), 1);
    }

    #[test]
    fn nothing_outside_the_folder_is_served() {
        let folder = folder("outside");
        for url in [
            "/../Cargo.toml",
            "/%2e%2e/Cargo.toml",
            "//etc/passwd",
            "/..\\Cargo.toml",
        ] {
            assert_eq!(file_of(url, &folder.0, "/"), None, "{url}");
        }
    }
}
