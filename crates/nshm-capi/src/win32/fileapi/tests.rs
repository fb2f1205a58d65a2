//! What programs do with files, as C calls it.

use std::fs;

use super::*;
use crate::win32::handleapi::{CloseHandle, DuplicateHandle};
use crate::win32::types::{FALSE, TRUE, duplicate};

const PROCESS: HANDLE = HANDLE::INVALID;
const READ_WRITE: DWORD = GENERIC_READ | GENERIC_WRITE;
const SHARED: DWORD = file::SHARE_READ | file::SHARE_WRITE | file::SHARE_DELETE;

/// A folder of its own for each test, and the calls as C makes them.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn with(&self, name: &str, contents: &str) -> &Self {
        fs::write(self.path(name), contents).unwrap();
        self
    }

    fn name(&self, name: &str) -> Vec<u8> {
        u8::encode_with_zero(self.path(name).to_str().unwrap())
    }

    /// The handle and the last error.
    fn open(
        &self,
        name: &str,
        access: DWORD,
        share: DWORD,
        disposition: DWORD,
        flags: DWORD,
    ) -> (HANDLE, DWORD) {
        last_error::set(Win32Error(7777));
        let name = self.name(name);
        let name = Text::of(&name);
        let handle = CreateFileA(
            name,
            access,
            share,
            In::NULL,
            disposition,
            flags,
            HANDLE::NULL,
        );
        (handle, last_error::get())
    }

    /// An open that succeeds.
    fn opened(&self, name: &str, access: DWORD, disposition: DWORD, flags: DWORD) -> HANDLE {
        let (handle, error) = self.open(name, access, SHARED, disposition, flags);
        assert_ne!(handle, HANDLE::INVALID, "{name}: {error}");
        handle
    }

    /// The last error of an open that fails.
    fn refused(&self, name: &str, access: DWORD, disposition: DWORD, flags: DWORD) -> DWORD {
        let (handle, error) = self.open(name, access, SHARED, disposition, flags);
        assert_eq!(handle, HANDLE::INVALID, "{name}");
        error
    }
}

fn close(handle: HANDLE) {
    assert_eq!(CloseHandle(handle), TRUE);
}

fn write(handle: HANDLE, bytes: &[u8]) -> (BOOL, DWORD) {
    let mut count = 99;
    let len = DWORD::try_from(bytes.len()).unwrap();
    let buffer = InBuffer::of(bytes);
    let done = WriteFile(handle, buffer, len, Out::of(&mut count), InOut::NULL);
    (done, count)
}

fn read(handle: HANDLE, len: DWORD) -> (BOOL, Vec<u8>) {
    let mut bytes = vec![0; len as usize];
    let mut count = 99;
    let buffer = OutBuffer::of(&mut bytes);
    let done = ReadFile(handle, buffer, len, Out::of(&mut count), InOut::NULL);
    bytes.truncate(count as usize);
    (done, bytes)
}

#[test]
fn dispositions_decide_by_what_is_there() {
    let folder = Folder::new();
    folder.with("old", "contents");
    let contents = |name: &str| fs::read_to_string(folder.path(name)).unwrap();
    let result = |name, access, disposition| {
        let (handle, error) = folder.open(name, access, SHARED, disposition, 0);
        if handle != HANDLE::INVALID {
            close(handle);
        }
        (handle != HANDLE::INVALID, error)
    };
    assert_eq!(result("old", READ_WRITE, file::CREATE_NEW), (false, 80));
    assert_eq!(result("old", READ_WRITE, file::OPEN_EXISTING), (true, 0));
    assert_eq!(result("old", READ_WRITE, file::OPEN_ALWAYS), (true, 183));
    assert_eq!(contents("old"), "contents");
    assert_eq!(
        result("old", GENERIC_READ, file::TRUNCATE_EXISTING),
        (false, 87)
    );
    assert_eq!(
        result("old", GENERIC_READ, file::CREATE_ALWAYS),
        (true, 183)
    );
    assert_eq!(contents("old"), "");
    folder.with("old", "contents");
    assert_eq!(
        result("old", GENERIC_WRITE, file::TRUNCATE_EXISTING),
        (true, 0)
    );
    assert_eq!(contents("old"), "");
    assert_eq!(result("new", READ_WRITE, file::OPEN_EXISTING), (false, 2));
    assert_eq!(
        result("new", READ_WRITE, file::TRUNCATE_EXISTING),
        (false, 2)
    );
    assert_eq!(result("no/new", READ_WRITE, file::OPEN_ALWAYS), (false, 3));
    assert_eq!(result("a", READ_WRITE, file::CREATE_NEW), (true, 0));
    assert_eq!(result("b", 0, file::CREATE_ALWAYS), (true, 0));
    assert_eq!(result("c", READ_WRITE, file::OPEN_ALWAYS), (true, 0));
    assert_eq!(result("c", READ_WRITE, 0), (false, 87));
    assert_eq!(result("c", READ_WRITE, 6), (false, 87));
    for name in ["a", "b", "c"] {
        assert_eq!(contents(name), "");
    }
}

#[test]
fn names_that_are_none_are_not_found() {
    let open = |name| {
        CreateFileW(
            name,
            GENERIC_READ,
            0,
            In::NULL,
            file::OPEN_EXISTING,
            0,
            HANDLE::NULL,
        )
    };
    assert_eq!(open(Text::NULL), HANDLE::INVALID);
    assert_eq!(last_error::get(), 3);
    assert_eq!(open(Text::of(&[0])), HANDLE::INVALID);
    assert_eq!(last_error::get(), 3);
    assert_eq!(open(Text::of(&[0xD800, 0])), HANDLE::INVALID);
    assert_eq!(last_error::get(), 123);
}

#[test]
fn a_handle_may_do_what_it_was_opened_for() {
    let folder = Folder::new();
    folder.with("file", "contents");
    let reader = folder.opened("file", GENERIC_READ, file::OPEN_EXISTING, 0);
    assert_eq!(write(reader, b"x"), (FALSE, 0));
    assert_eq!(last_error::get(), 5);
    assert_eq!(FlushFileBuffers(reader), FALSE);
    assert_eq!(SetEndOfFile(reader), FALSE);
    assert_eq!(last_error::get(), 5);
    assert_eq!(read(reader, 99), (TRUE, b"contents".to_vec()));
    let writer = folder.opened("file", GENERIC_WRITE, file::OPEN_EXISTING, 0);
    assert_eq!(read(writer, 1), (FALSE, Vec::new()));
    assert_eq!(last_error::get(), 5);
    assert_eq!(write(writer, b"C"), (TRUE, 1));
    assert_eq!(FlushFileBuffers(writer), TRUE);
    let asker = folder.opened("file", 0, file::OPEN_EXISTING, 0);
    assert_eq!(read(asker, 1), (FALSE, Vec::new()));
    assert_eq!(last_error::get(), 5);
    assert_eq!(GetFileSize(asker, Out::NULL), 8);
    let appender = folder.opened("file", FILE_APPEND_DATA, file::OPEN_EXISTING, 0);
    assert_eq!(write(appender, b"!"), (TRUE, 1));
    assert_eq!(
        fs::read_to_string(folder.path("file")).unwrap(),
        "Contents!"
    );
    // A copy may have less, but no more than Linux was asked for.
    let mut copy = HANDLE::NULL;
    let out = Out::of(&mut copy);
    let done = DuplicateHandle(PROCESS, reader, PROCESS, out, GENERIC_WRITE, FALSE, 0);
    assert_eq!((done, last_error::get()), (FALSE, 5));
    let done = DuplicateHandle(PROCESS, reader, PROCESS, out, 0x80, FALSE, 0);
    assert_eq!(done, TRUE);
    assert_eq!(read(copy, 1), (FALSE, Vec::new()));
    for handle in [reader, writer, asker, appender, copy] {
        close(handle);
    }
}

#[test]
fn a_copy_shares_the_position() {
    let folder = Folder::new();
    let first = folder
        .with("file", "abc")
        .opened("file", GENERIC_READ, file::OPEN_EXISTING, 0);
    let mut second = HANDLE::NULL;
    let same = duplicate::SAME_ACCESS;
    let out = Out::of(&mut second);
    assert_eq!(
        DuplicateHandle(PROCESS, first, PROCESS, out, 0, FALSE, same),
        TRUE
    );
    assert_eq!(read(first, 1), (TRUE, b"a".to_vec()));
    assert_eq!(read(second, 1), (TRUE, b"b".to_vec()));
    close(first);
    assert_eq!(read(second, 9), (TRUE, b"c".to_vec()));
    assert_eq!(read(second, 9), (TRUE, Vec::new()), "the end is no error");
    close(second);
}

#[test]
fn the_position_moves_within_its_bounds() {
    let folder = Folder::new();
    let file = folder.opened("file", READ_WRITE, file::CREATE_NEW, 0);
    let moved = |distance, high, method| {
        last_error::set(Win32Error(7777));
        let low = SetFilePointer(file, distance, high, method);
        (low, last_error::get())
    };
    assert_eq!(moved(100, InOut::NULL, file::BEGIN), (100, 7777));
    assert_eq!(moved(-10, InOut::NULL, file::CURRENT), (90, 7777));
    assert_eq!(moved(-91, InOut::NULL, file::CURRENT), (file::INVALID, 131));
    assert_eq!(moved(0, InOut::NULL, 3), (file::INVALID, 87));
    assert_eq!(SetEndOfFile(file), TRUE);
    assert_eq!(moved(5, InOut::NULL, file::END), (95, 7777));
    let mut high = 1;
    assert_eq!(
        moved(-1, InOut::of(&mut high), file::BEGIN),
        (file::INVALID, 0)
    );
    assert_eq!(high, 1, "at 2^33 - 1");
    assert_eq!(moved(0, InOut::NULL, file::CURRENT), (file::INVALID, 87));
    let mut place = 0;
    assert_eq!(
        SetFilePointerEx(file, 7, Out::of(&mut place), file::BEGIN),
        TRUE
    );
    assert_eq!(place, 7);
    assert_eq!(
        SetFilePointerEx(file, i64::MIN, Out::NULL, file::BEGIN),
        FALSE
    );
    assert_eq!(last_error::get(), 131);
    let mut len = 0;
    assert_eq!(GetFileSizeEx(file, Out::of(&mut len)), TRUE);
    assert_eq!(len, 90);
    let mut high = 9;
    assert_eq!(GetFileSize(file, Out::of(&mut high)), 90);
    assert_eq!(high, 0);
    close(file);
}

#[test]
fn overlapped_says_the_position() {
    let folder = Folder::new();
    let file = folder
        .with("file", "0123456789")
        .opened("file", READ_WRITE, file::OPEN_EXISTING, 0);
    let mut bytes = [0; 4];
    let mut at = OVERLAPPED {
        Offset: 6,
        ..OVERLAPPED::default()
    };
    let buffer = OutBuffer::of(&mut bytes);
    assert_eq!(
        ReadFile(file, buffer, 4, Out::NULL, InOut::of(&mut at)),
        TRUE
    );
    assert_eq!((&bytes, at.InternalHigh), (b"6789", 4));
    at.Offset = 10;
    assert_eq!(
        ReadFile(file, buffer, 4, Out::NULL, InOut::of(&mut at)),
        FALSE
    );
    assert_eq!(last_error::get(), 38);
    at.Offset = u32::MAX;
    at.OffsetHigh = u32::MAX;
    let more = InBuffer::of(b"ab");
    assert_eq!(
        WriteFile(file, more, 2, Out::NULL, InOut::of(&mut at)),
        TRUE
    );
    at.hEvent = 4;
    assert_eq!(
        WriteFile(file, more, 2, Out::NULL, InOut::of(&mut at)),
        FALSE
    );
    assert_eq!(last_error::get(), 50);
    close(file);
    assert_eq!(
        fs::read_to_string(folder.path("file")).unwrap(),
        "0123456789ab"
    );
    let overlapped = file::FLAG_OVERLAPPED;
    let file = folder.opened("file", READ_WRITE, file::OPEN_EXISTING, overlapped);
    assert_eq!(read(file, 1), (FALSE, Vec::new()));
    assert_eq!(last_error::get(), 87);
    close(file);
}

#[test]
fn null_buffers_are_refused() {
    let folder = Folder::new();
    let file = folder
        .with("file", "x")
        .opened("file", READ_WRITE, file::OPEN_EXISTING, 0);
    assert_eq!(
        ReadFile(file, OutBuffer::NULL, 1, Out::NULL, InOut::NULL),
        FALSE
    );
    assert_eq!(last_error::get(), 998);
    assert_eq!(
        WriteFile(file, InBuffer::NULL, 1, Out::NULL, InOut::NULL),
        FALSE
    );
    assert_eq!(last_error::get(), 998);
    assert_eq!(
        ReadFile(file, OutBuffer::NULL, 0, Out::NULL, InOut::NULL),
        TRUE
    );
    close(file);
    assert_eq!(GetFileSize(HANDLE::NULL, Out::NULL), file::INVALID);
    assert_eq!(last_error::get(), 6);
}

#[test]
fn share_modes_hold_among_handles() {
    let folder = Folder::new();
    folder.with("file", "");
    let open = |access, share| folder.open("file", access, share, file::OPEN_EXISTING, 0);
    let (alone, _) = open(READ_WRITE, 0);
    assert_eq!(open(GENERIC_READ, SHARED), (HANDLE::INVALID, 32));
    let (asker, error) = open(0, 0);
    assert_eq!(error, 0);
    let name = folder.name("file");
    assert_eq!(DeleteFileA(Text::of(&name)), FALSE);
    assert_eq!(last_error::get(), 32);
    close(alone);
    let (shared, _) = open(READ_WRITE, SHARED);
    assert_eq!(DeleteFileA(Text::of(&name)), TRUE);
    assert_eq!(DeleteFileA(Text::of(&name)), FALSE);
    assert_eq!(last_error::get(), 2);
    close(asker);
    close(shared);
}

#[test]
fn folders_take_backup_semantics() {
    let folder = Folder::new();
    let open = file::OPEN_EXISTING;
    assert_eq!(folder.refused("", GENERIC_READ, open, 0), 5);
    assert_eq!(folder.refused("", GENERIC_READ, file::CREATE_NEW, 0), 80);
    let handle = folder.opened("", GENERIC_READ, open, file::FLAG_BACKUP_SEMANTICS);
    assert_eq!(GetFileType(handle), file::TYPE_DISK);
    assert_eq!(read(handle, 1).0, FALSE);
    close(handle);
    let name = folder.name("");
    assert_eq!(DeleteFileA(Text::of(&name)), FALSE);
    assert_eq!(last_error::get(), 5);
}

/// A device, by a link that is the test's own: nothing is lost if it does go.
#[test]
fn devices_are_not_deleted() {
    let folder = Folder::new();
    std::os::unix::fs::symlink("/dev/zero", folder.path("zero")).unwrap();
    let delete = file::FLAG_DELETE_ON_CLOSE;
    let refused = folder.refused("zero", GENERIC_READ, file::OPEN_EXISTING, delete);
    assert_eq!(refused, 5);
    let name = folder.name("zero");
    assert_eq!(DeleteFileA(Text::of(&name)), TRUE, "the link is no device");
}

#[test]
fn delete_on_close_deletes_with_the_last_handle() {
    let folder = Folder::new();
    let delete = file::FLAG_DELETE_ON_CLOSE;
    let first = folder.opened("file", READ_WRITE, file::CREATE_NEW, delete);
    let mut second = HANDLE::NULL;
    let same = duplicate::SAME_ACCESS;
    let out = Out::of(&mut second);
    assert_eq!(
        DuplicateHandle(PROCESS, first, PROCESS, out, 0, FALSE, same),
        TRUE
    );
    close(first);
    assert!(folder.path("file").exists());
    close(second);
    assert!(!folder.path("file").exists());
    // Other opens of the file keep it, and there are no new ones.
    let other = folder.opened("file", READ_WRITE, file::CREATE_NEW, 0);
    let gone = folder.opened("file", DELETE, file::OPEN_EXISTING, delete);
    close(gone);
    assert!(folder.path("file").exists());
    assert_eq!(folder.refused("file", 0, file::OPEN_EXISTING, 0), 5);
    close(other);
    assert!(!folder.path("file").exists());
    // Somebody else's file of the same name stays.
    let third = folder.opened("file", READ_WRITE, file::CREATE_NEW, delete);
    fs::rename(folder.path("file"), folder.path("moved")).unwrap();
    folder.with("file", "other");
    close(third);
    assert!(folder.path("file").exists());
}

#[test]
fn temporary_files_get_names() {
    let folder = Folder::new();
    let dir = folder.name("");
    let mut name = [0_u8; file::MAX_PATH];
    let buffer = OutBuffer::of(&mut name);
    let number = GetTempFileNameA(Text::of(&dir), Text::of(b"nshm\0"), 0, buffer);
    assert_ne!(number, 0);
    let said = Text::of(&name).units().unwrap();
    let said = PathBuf::from(String::from_utf8(said).unwrap());
    assert_eq!(said, folder.path(&format!("nsh{number:X}.TMP")));
    assert!(said.exists());
    let mut wide = [0_u16; file::MAX_PATH];
    let wide_dir = u16::encode_with_zero(folder.0.path().to_str().unwrap());
    let prefix = u16::encode_with_zero("ab");
    let buffer = OutBuffer::of(&mut wide);
    let answer = GetTempFileNameW(Text::of(&wide_dir), Text::of(&prefix), 0x1_00AB, buffer);
    assert_eq!(answer, 0xAB);
    let said = u16::decode(&Text::of(&wide).units().unwrap()).unwrap();
    assert_eq!(Path::new(&said), folder.path("abAB.TMP"));
    assert!(!Path::new(&said).exists(), "only the name is made");
    let missing = folder.name("missing");
    let buffer = OutBuffer::of(&mut name);
    assert_eq!(
        GetTempFileNameA(Text::of(&missing), Text::of(b"x\0"), 0, buffer),
        0
    );
    assert_eq!(last_error::get(), 267);
    assert_eq!(GetTempFileNameA(Text::NULL, Text::of(b"x\0"), 0, buffer), 0);
    assert_eq!(last_error::get(), 87);
}

#[test]
fn the_folder_for_temporary_files_ends_with_a_slash() {
    let mut path = [0_u8; 4096];
    let len = GetTempPathA(4096, OutBuffer::of(&mut path)) as usize;
    assert_eq!((path[len - 1], path[len]), (b'/', 0));
    let mut wide = [0xFFFF_u16; 2];
    assert_eq!(GetTempPathW(2, OutBuffer::of(&mut wide)) as usize, len + 1);
    assert_eq!(wide, [0xFFFF; 2]);
    assert_eq!(GetTempPathW(0, OutBuffer::NULL) as usize, len + 1);
}

#[test]
fn what_is_no_disk_file_is_told_apart() {
    let open = |path: &[u8]| {
        let name = Text::of(path);
        CreateFileA(
            name,
            GENERIC_READ,
            SHARED,
            In::NULL,
            file::OPEN_EXISTING,
            0,
            HANDLE::NULL,
        )
    };
    let null = open(b"/dev/null\0");
    assert_eq!(GetFileType(null), file::TYPE_CHAR);
    assert_eq!(GetFileSize(null, Out::NULL), file::INVALID);
    assert_eq!(last_error::get(), 1);
    close(null);
    assert_eq!(GetFileType(PROCESS), file::TYPE_UNKNOWN);
    assert_eq!(last_error::get(), 6);
}
