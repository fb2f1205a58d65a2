//! The system calls, one thin function each. Only this file reads the last error, and only this
//! file and `mapping.rs` in this folder hold `unsafe`. Above each name of a call stands its intent.
//!
//! A raw handle lives for one expression; then an `OwnedHandle` has it.

use std::collections::BTreeSet;
use std::ffi::c_void;
use std::io;
use std::mem::ManuallyDrop;
use std::num::NonZeroUsize;
use std::os::windows::io::{AsHandle, AsRawHandle, BorrowedHandle, FromRawHandle, OwnedHandle};
use std::ptr::{self, NonNull};
use std::sync::OnceLock;

use windows_sys::Wdk::Foundation::{NtQueryObject, OBJECT_ATTRIBUTES, ObjectBasicInformation};
use windows_sys::Wdk::Storage::FileSystem::{NtOpenDirectoryObject, NtQueryDirectoryObject};
use windows_sys::Wdk::System::SystemInformation::NtQuerySystemInformation;
use windows_sys::Win32::Foundation::{
    CloseHandle, DuplicateHandle, ERROR_ALREADY_EXISTS, ERROR_NO_TOKEN, ERROR_NOT_ALL_ASSIGNED,
    FILETIME, GetLastError, HANDLE, INVALID_HANDLE_VALUE, LUID, LocalFree, NTSTATUS,
    RtlNtStatusToDosError, STATUS_BUFFER_TOO_SMALL, STATUS_INFO_LENGTH_MISMATCH,
    STATUS_MORE_ENTRIES, STATUS_NO_MORE_ENTRIES, STATUS_NOT_IMPLEMENTED, UNICODE_STRING,
};
use windows_sys::Win32::Security::Authorization::{
    ConvertSidToStringSidW, ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
};
use windows_sys::Win32::Security::{
    AdjustTokenPrivileges, DACL_SECURITY_INFORMATION, GROUP_SECURITY_INFORMATION,
    GetKernelObjectSecurity, GetTokenInformation, LUID_AND_ATTRIBUTES, LookupPrivilegeValueW,
    OWNER_SECURITY_INFORMATION, PSID, SE_PRIVILEGE_ENABLED, SECURITY_ATTRIBUTES,
    TOKEN_ADJUST_PRIVILEGES, TOKEN_PRIVILEGES, TOKEN_QUERY, TokenPrimaryGroup, TokenUser,
};
use windows_sys::Win32::Storage::FileSystem::{FILE_TYPE_DISK, GetFileType};
use windows_sys::Win32::System::Memory::{
    CreateFileMappingW, FlushViewOfFile, GetLargePageMinimum, MEM_COMMIT, MEM_MAPPED, MEM_RESERVE,
    MEMORY_BASIC_INFORMATION, MEMORY_MAPPED_VIEW_ADDRESS, MapViewOfFileEx, OpenFileMappingW,
    UnmapViewOfFile, VirtualAlloc, VirtualLock, VirtualProtect, VirtualQuery,
};
use windows_sys::Win32::System::ProcessStatus::{
    K32QueryWorkingSetEx, PSAPI_WORKING_SET_EX_INFORMATION,
};
use windows_sys::Win32::System::RemoteDesktop::ProcessIdToSessionId;
use windows_sys::Win32::System::SystemInformation::{GetSystemInfo, SYSTEM_INFO};
use windows_sys::Win32::System::Threading::{
    CreateEventW, GetCurrentProcess, GetCurrentThread, GetProcessTimes, GetProcessWorkingSetSize,
    OpenEventW, OpenProcess, OpenProcessToken, OpenThreadToken, PROCESS_DUP_HANDLE,
    PROCESS_QUERY_LIMITED_INFORMATION, SYNCHRONIZATION_SYNCHRONIZE, SetProcessWorkingSetSize,
};

use super::name::Wide;

// In no import list of windows-sys: ntdll exports them, MS Learn and the DDK headers have them.
#[link(name = "ntdll", kind = "raw-dylib")]
unsafe extern "system" {
    fn NtQuerySection(
        section: HANDLE,
        class: i32,
        information: *mut c_void,
        len: usize,
        returned: *mut usize,
    ) -> NTSTATUS;
    fn NtCompareObjects(first: HANDLE, second: HANDLE) -> NTSTATUS;
}

fn check(result: i32) -> io::Result<()> {
    if result == 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

fn check_status(status: NTSTATUS) -> io::Result<()> {
    if status >= 0 {
        return Ok(());
    }
    // SAFETY: takes and returns plain numbers.
    let code = unsafe { RtlNtStatusToDosError(status) };
    Err(io::Error::from_raw_os_error(code.cast_signed()))
}

/// The handle that a call gave, where null says that it failed.
///
/// # Safety
/// `handle` is null or a new handle that nobody else closes.
unsafe fn owned(handle: HANDLE) -> io::Result<OwnedHandle> {
    if handle.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

/// This process, as a pseudo handle that needs no closing.
fn this_process() -> BorrowedHandle<'static> {
    // SAFETY: the pseudo handle is a constant which is good for ever.
    unsafe { BorrowedHandle::borrow_raw(GetCurrentProcess()) }
}

/// Whether a creation met an object that had the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Met {
    Nothing,
    Existing,
}

/// Creates a section over a file, of all of it where the length is zero, or backed by the paging
/// file; or opens the one that has the name: the system decides in one step. CreateFileMappingW
pub(super) fn create_file_mapping(
    file: Option<BorrowedHandle<'_>>,
    protection: u32,
    len: usize,
    descriptor: &Descriptor,
    name: Option<&Wide>,
) -> io::Result<(OwnedHandle, Met)> {
    let attributes = SECURITY_ATTRIBUTES {
        nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
        lpSecurityDescriptor: descriptor.0.as_ptr(),
        bInheritHandle: 0,
    };
    let len = len as u64;
    // SAFETY: the file, the attributes, the descriptor and the name, which ends with a zero, live
    // through the call. The handle is new, also where the object is not.
    unsafe {
        let handle = owned(CreateFileMappingW(
            file.map_or(INVALID_HANDLE_VALUE, |file| file.as_raw_handle()),
            &attributes,
            protection,
            (len >> 32) as u32,
            len as u32,
            name.map_or(ptr::null(), Wide::as_ptr),
        ))?;
        let met = match GetLastError() {
            ERROR_ALREADY_EXISTS => Met::Existing,
            _ => Met::Nothing,
        };
        Ok((handle, met))
    }
}

/// Whether a handle is to something on a disk, and not to a device or a pipe. GetFileType
pub(super) fn is_on_disk(file: BorrowedHandle<'_>) -> bool {
    // SAFETY: the handle is open through the call.
    unsafe { GetFileType(file.as_raw_handle()) == FILE_TYPE_DISK }
}

/// Opens the section that has the name. OpenFileMappingW
pub(super) fn open_file_mapping(access: u32, name: &Wide) -> io::Result<OwnedHandle> {
    // SAFETY: the name ends with a zero and lives through the call; the handle is new.
    unsafe { owned(OpenFileMappingW(access, 0, name.as_ptr())) }
}

/// Maps a part of a section, up to its end where the length is zero, exactly at an address or
/// where the system likes. MapViewOfFileEx
pub(super) fn map_view_of_file(
    section: BorrowedHandle<'_>,
    access: u32,
    offset: usize,
    len: usize,
    address: Option<NonZeroUsize>,
) -> io::Result<NonNull<u8>> {
    let offset = offset as u64;
    // SAFETY: the system takes free addresses only, so nothing that exists is replaced.
    let view = unsafe {
        MapViewOfFileEx(
            section.as_raw_handle(),
            access,
            (offset >> 32) as u32,
            offset as u32,
            len,
            address.map_or(ptr::null(), |address| {
                ptr::without_provenance(address.get())
            }),
        )
    };
    NonNull::new(view.Value.cast()).ok_or_else(io::Error::last_os_error)
}

/// Unmaps a view. UnmapViewOfFile
///
/// # Safety
/// `base` is a view of this process, and nobody uses its memory any more.
pub(super) unsafe fn unmap_view_of_file(base: NonNull<u8>) {
    let view = MEMORY_MAPPED_VIEW_ADDRESS {
        Value: base.as_ptr().cast(),
    };
    // SAFETY: the caller's promise. It can only fail for what is no view.
    let _ = unsafe { UnmapViewOfFile(view) };
}

/// A run of pages of a view that are alike.
#[derive(Clone, Copy, Debug)]
pub(super) struct Region {
    /// Where the view begins to which they belong.
    pub(super) view: usize,
    pub(super) len: usize,
    pub(super) state: PageState,
    /// What they admit now, as the system calls it.
    pub(super) protection: u32,
    /// Pages of a section that holds data, and not those of a program image.
    pub(super) is_data: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PageState {
    Free,
    Reserved,
    Committed,
}

/// Tells what the pages from an address on are. VirtualQuery
pub(super) fn virtual_query(address: usize) -> io::Result<Region> {
    let mut information = MEMORY_BASIC_INFORMATION::default();
    let size = size_of::<MEMORY_BASIC_INFORMATION>();
    // SAFETY: any address may be asked for; the answer fits.
    let got = unsafe { VirtualQuery(ptr::without_provenance(address), &mut information, size) };
    if got == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(Region {
        view: information.AllocationBase.addr(),
        len: information.RegionSize,
        state: match information.State {
            MEM_COMMIT => PageState::Committed,
            MEM_RESERVE => PageState::Reserved,
            _ => PageState::Free,
        },
        protection: information.Protect,
        is_data: information.Type == MEM_MAPPED,
    })
}

/// Commits the pages of a view whose section is only reserved. VirtualAlloc
///
/// # Safety
/// The range is a part of a view of this process that allows `protection`.
pub(super) unsafe fn virtual_alloc_commit(
    base: NonNull<u8>,
    len: usize,
    protection: u32,
) -> io::Result<()> {
    // SAFETY: the caller's promise; pages that are committed keep their contents.
    let got = unsafe { VirtualAlloc(base.as_ptr().cast(), len, MEM_COMMIT, protection) };
    if got.is_null() {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Says what pages admit from now on. VirtualProtect
///
/// # Safety
/// The range is a part of a view of this process, and no reference is into it.
pub(super) unsafe fn virtual_protect(
    base: NonNull<u8>,
    len: usize,
    protection: u32,
) -> io::Result<()> {
    let mut before = 0;
    // SAFETY: the caller's promise; the answer fits.
    check(unsafe { VirtualProtect(base.as_ptr().cast(), len, protection, &mut before) })
}

/// Hands the changed pages of a view to the file of its section. FlushViewOfFile
pub(super) fn flush_view_of_file(base: NonNull<u8>, len: usize) -> io::Result<()> {
    // SAFETY: flushing changes no contents, and a range that is not there is refused.
    check(unsafe { FlushViewOfFile(base.as_ptr().cast(), len) })
}

/// Of each of some pages, whether it is this process's own; `None` for one that is not in memory.
/// QueryWorkingSetEx
pub(super) fn own_pages(address: usize, count: usize) -> io::Result<Vec<Option<bool>>> {
    // PSAPI_WORKING_SET_EX_BLOCK
    const VALID: usize = 1;
    const SHARED: usize = 1 << 15;
    let mut pages: Vec<_> = (0..count)
        .map(|page| PSAPI_WORKING_SET_EX_INFORMATION {
            VirtualAddress: ptr::without_provenance_mut(address + page * page_size()),
            ..PSAPI_WORKING_SET_EX_INFORMATION::default()
        })
        .collect();
    let size = size_of_val(pages.as_slice()) as u32;
    // SAFETY: any addresses may be asked for, and the answers go where the questions are.
    check(unsafe { K32QueryWorkingSetEx(GetCurrentProcess(), pages.as_mut_ptr().cast(), size) })?;
    let own = |page: &PSAPI_WORKING_SET_EX_INFORMATION| {
        // SAFETY: all bits of the answer are a number.
        let flags = unsafe { page.VirtualAttributes.Flags };
        (flags & VALID != 0).then_some(flags & SHARED == 0)
    };
    Ok(pages.iter().map(own).collect())
}

/// Keeps pages in memory. VirtualLock
pub(super) fn virtual_lock(base: NonNull<u8>, len: usize) -> io::Result<()> {
    // SAFETY: locking changes no contents, and a range that is not there is refused.
    check(unsafe { VirtualLock(base.as_ptr().cast(), len) })
}

/// Allows this process `more` bytes of locked memory. GetProcessWorkingSetSize,
/// SetProcessWorkingSetSize
pub(super) fn grow_working_set(more: usize) -> io::Result<()> {
    let (mut least, mut most) = (0, 0);
    // SAFETY: the answers fit, and the rest are plain numbers.
    unsafe {
        check(GetProcessWorkingSetSize(
            GetCurrentProcess(),
            &mut least,
            &mut most,
        ))?;
        check(SetProcessWorkingSetSize(
            GetCurrentProcess(),
            least.saturating_add(more),
            most.saturating_add(more),
        ))
    }
}

/// Another handle to the same object, with the access given. DuplicateHandle
pub(super) fn duplicate_handle(handle: BorrowedHandle<'_>, access: u32) -> io::Result<OwnedHandle> {
    duplicate_from(this_process(), handle.as_raw_handle().addr(), access)
}

/// A handle of this process to what is a handle of another one. DuplicateHandle
pub(super) fn duplicate_from(
    process: BorrowedHandle<'_>,
    handle: usize,
    access: u32,
) -> io::Result<OwnedHandle> {
    let mut copy: HANDLE = ptr::null_mut();
    // SAFETY: the value is only looked up in the table of the other process, and the handle that
    // is made is new.
    unsafe {
        check(DuplicateHandle(
            process.as_raw_handle(),
            ptr::without_provenance_mut(handle),
            this_process().as_raw_handle(),
            &mut copy,
            access,
            0,
            0,
        ))?;
        owned(copy)
    }
}

/// Closes a handle and says whether that went well. CloseHandle
pub(super) fn close_handle(handle: OwnedHandle) -> io::Result<()> {
    let handle = ManuallyDrop::new(handle);
    // SAFETY: it is owned and, since it is never dropped, closed once.
    check(unsafe { CloseHandle(handle.as_raw_handle()) })
}

/// Whether two handles mean the same object. NtCompareObjects
pub(super) fn is_same_object(first: BorrowedHandle<'_>, second: BorrowedHandle<'_>) -> bool {
    const STATUS_SUCCESS: NTSTATUS = 0;
    // SAFETY: both handles are open through the call.
    let status = unsafe { NtCompareObjects(first.as_raw_handle(), second.as_raw_handle()) };
    status == STATUS_SUCCESS
}

/// What the system knows of a section. SECTION_BASIC_INFORMATION
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(super) struct SectionFacts {
    base: usize,
    /// `SEC_FILE` and its relatives.
    pub(super) attributes: u32,
    len: i64,
}

impl SectionFacts {
    /// Its size in bytes: exactly that of the file it is over, or whole pages.
    pub(super) fn len(&self) -> Option<usize> {
        self.len.try_into().ok()
    }
}

/// Asks about a section. It needs `SECTION_QUERY`; what is no section is refused. NtQuerySection
pub(super) fn query_section(section: BorrowedHandle<'_>) -> io::Result<SectionFacts> {
    const SECTION_BASIC_INFORMATION: i32 = 0;
    let mut facts = SectionFacts::default();
    // SAFETY: the answer is plain numbers and fits.
    check_status(unsafe {
        NtQuerySection(
            section.as_raw_handle(),
            SECTION_BASIC_INFORMATION,
            ptr::from_mut(&mut facts).cast(),
            size_of::<SectionFacts>(),
            ptr::null_mut(),
        )
    })?;
    Ok(facts)
}

/// How many handles mean the object, in all processes. NtQueryObject
pub(super) fn handle_count(handle: BorrowedHandle<'_>) -> io::Result<u32> {
    // PUBLIC_OBJECT_BASIC_INFORMATION: attributes, access, handles, pointers, ten reserved.
    let mut words = [0u32; 14];
    // SAFETY: the answer is plain numbers and fits.
    check_status(unsafe {
        NtQueryObject(
            handle.as_raw_handle(),
            ObjectBasicInformation,
            words.as_mut_ptr().cast(),
            size_of_val(&words) as u32,
            ptr::null_mut(),
        )
    })?;
    Ok(words[2])
}

/// Opens a process, to copy its handles and to ask for its age. OpenProcess
pub(super) fn open_process(pid: u32) -> io::Result<OwnedHandle> {
    let access = PROCESS_DUP_HANDLE | PROCESS_QUERY_LIMITED_INFORMATION;
    // SAFETY: takes plain numbers; the handle is new.
    unsafe { owned(OpenProcess(access, 0, pid)) }
}

/// When a process was created, in units of 100 ns: with its id, its identity. GetProcessTimes
pub(super) fn process_creation_time(process: BorrowedHandle<'_>) -> io::Result<u64> {
    let mut times = [FILETIME::default(); 4];
    let [created, exited, kernel, user] = &mut times;
    // SAFETY: the four answers fit.
    check(unsafe { GetProcessTimes(process.as_raw_handle(), created, exited, kernel, user) })?;
    Ok(u64::from(created.dwHighDateTime) << 32 | u64::from(created.dwLowDateTime))
}

/// When this process was created.
pub(super) fn own_creation_time() -> io::Result<u64> {
    process_creation_time(this_process())
}

/// The session of a process. ProcessIdToSessionId
pub(super) fn session_of(pid: u32) -> io::Result<u32> {
    let mut session = 0;
    // SAFETY: the answer fits.
    check(unsafe { ProcessIdToSessionId(pid, &mut session) })?;
    Ok(session)
}

/// Creates an event that nobody else has. CreateEventW
pub(super) fn create_event(name: &Wide) -> io::Result<OwnedHandle> {
    // SAFETY: the name ends with a zero and lives through the call; the handle is new.
    unsafe {
        let event = owned(CreateEventW(ptr::null(), 1, 0, name.as_ptr()))?;
        match GetLastError() {
            ERROR_ALREADY_EXISTS => Err(io::Error::from_raw_os_error(
                ERROR_ALREADY_EXISTS.cast_signed(),
            )),
            _ => Ok(event),
        }
    }
}

/// Creates a timer: an object that is none of ours. CreateWaitableTimerW
#[cfg(test)]
pub(super) fn create_timer(name: &Wide) -> io::Result<OwnedHandle> {
    use windows_sys::Win32::System::Threading::CreateWaitableTimerW;
    // SAFETY: the name ends with a zero and lives through the call; the handle is new.
    unsafe { owned(CreateWaitableTimerW(ptr::null(), 1, name.as_ptr())) }
}

/// Opens an event. OpenEventW
pub(super) fn open_event(name: &Wide) -> io::Result<OwnedHandle> {
    // SAFETY: the name ends with a zero and lives through the call; the handle is new.
    unsafe { owned(OpenEventW(SYNCHRONIZATION_SYNCHRONIZE, 0, name.as_ptr())) }
}

/// A security descriptor. It is freed when this is dropped.
#[derive(Debug)]
pub(super) struct Descriptor(NonNull<c_void>);

impl Descriptor {
    /// Where it is, for as long as `self` is.
    pub(super) fn as_ptr(&self) -> *mut c_void {
        self.0.as_ptr()
    }

    /// Builds what a text in the security descriptor definition language says.
    /// ConvertStringSecurityDescriptorToSecurityDescriptorW
    pub(super) fn from_sddl(text: &Wide) -> io::Result<Descriptor> {
        let mut descriptor = ptr::null_mut();
        // SAFETY: the text ends with a zero and lives through the call; the answer fits.
        check(unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                text.as_ptr(),
                SDDL_REVISION_1,
                &mut descriptor,
                ptr::null_mut(),
            )
        })?;
        NonNull::new(descriptor)
            .map(Descriptor)
            .ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: it came from the conversion above, which says to free it so, and nobody else
        // has it.
        unsafe { LocalFree(self.0.as_ptr()) };
    }
}

/// The owner, the group and the access list of an object, as self-relative bytes. It needs
/// `READ_CONTROL`. GetKernelObjectSecurity
pub(super) fn security_of(handle: BorrowedHandle<'_>) -> io::Result<Vec<u8>> {
    const WHAT: u32 =
        OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
    let mut bytes = vec![0u8; 512];
    loop {
        let mut needed = 0;
        // SAFETY: the vector has as many bytes as is said.
        let result = check(unsafe {
            GetKernelObjectSecurity(
                handle.as_raw_handle(),
                WHAT,
                bytes.as_mut_ptr().cast(),
                bytes.len() as u32,
                &mut needed,
            )
        });
        let needed = needed as usize;
        match result {
            Ok(()) => return Ok(bytes),
            Err(_) if needed > bytes.len() => bytes.resize(needed, 0),
            Err(error) => return Err(error),
        }
    }
}

/// The token that decides for this thread: what it impersonates, or the process's own.
/// OpenThreadToken, OpenProcessToken
fn effective_token() -> io::Result<OwnedHandle> {
    let mut token: HANDLE = ptr::null_mut();
    // SAFETY: the answers fit and are new handles.
    unsafe {
        match check(OpenThreadToken(
            GetCurrentThread(),
            TOKEN_QUERY,
            1,
            &mut token,
        )) {
            Ok(()) => return owned(token),
            Err(error) if error.raw_os_error() == Some(ERROR_NO_TOKEN.cast_signed()) => {}
            Err(error) => return Err(error),
        }
        check(OpenProcessToken(
            GetCurrentProcess(),
            TOKEN_QUERY,
            &mut token,
        ))?;
        owned(token)
    }
}

/// Whom an identity of this thread means.
#[derive(Clone, Copy, Debug)]
pub(super) enum Identity {
    User,
    PrimaryGroup,
}

/// The security identifier of the user or the primary group, as text. GetTokenInformation,
/// ConvertSidToStringSidW
pub(super) fn sid(identity: Identity) -> io::Result<String> {
    let class = match identity {
        Identity::User => TokenUser,
        Identity::PrimaryGroup => TokenPrimaryGroup,
    };
    let token = effective_token()?;
    // Both answers are a structure that begins with the address of an identifier, which has at
    // most 68 bytes and follows it.
    let mut answer = [ptr::null_mut::<c_void>(); 32];
    let mut needed = 0;
    // SAFETY: the answer has as many bytes as is said, aligned for the addresses in it.
    check(unsafe {
        GetTokenInformation(
            token.as_raw_handle(),
            class,
            answer.as_mut_ptr().cast(),
            size_of_val(&answer) as u32,
            &mut needed,
        )
    })?;
    let sid: PSID = answer[0];
    let mut text = ptr::null_mut();
    // SAFETY: the identifier lies in `answer`, which is alive. The text that comes ends with a
    // zero, is read before it is freed, and is freed as the call says.
    unsafe {
        check(ConvertSidToStringSidW(sid, &mut text))?;
        let mut len = 0;
        while *text.add(len) != 0 {
            len += 1;
        }
        let sid = String::from_utf16_lossy(std::slice::from_raw_parts(text, len));
        LocalFree(text.cast());
        Ok(sid)
    }
}

/// Switches on a privilege that this process holds. LookupPrivilegeValueW, AdjustTokenPrivileges
pub(super) fn enable_privilege(privilege: &Wide) -> io::Result<()> {
    let mut luid = LUID::default();
    let mut token: HANDLE = ptr::null_mut();
    // SAFETY: the name ends with a zero, all structures live through the calls, and the token is
    // a new handle.
    unsafe {
        check(LookupPrivilegeValueW(
            ptr::null(),
            privilege.as_ptr(),
            &mut luid,
        ))?;
        check(OpenProcessToken(
            GetCurrentProcess(),
            TOKEN_ADJUST_PRIVILEGES,
            &mut token,
        ))?;
        let token = owned(token)?;
        let wanted = TOKEN_PRIVILEGES {
            PrivilegeCount: 1,
            Privileges: [LUID_AND_ATTRIBUTES {
                Luid: luid,
                Attributes: SE_PRIVILEGE_ENABLED,
            }],
        };
        check(AdjustTokenPrivileges(
            token.as_raw_handle(),
            0,
            &wanted,
            0,
            ptr::null_mut(),
            ptr::null_mut(),
        ))?;
        // It succeeds as well when the privilege is not held.
        match GetLastError() {
            ERROR_NOT_ALL_ASSIGNED => Err(io::Error::from_raw_os_error(
                ERROR_NOT_ALL_ASSIGNED.cast_signed(),
            )),
            _ => Ok(()),
        }
    }
}

/// An entry of an object directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) name: Vec<u16>,
    pub(super) kind: Vec<u16>,
}

/// OBJECT_DIRECTORY_INFORMATION
#[derive(Clone, Copy, Default)]
#[repr(C)]
struct DirectoryEntry {
    name: UNICODE_STRING,
    kind: UNICODE_STRING,
}

/// How many entries one query of a directory gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    One,
    All,
}

/// Everything in a directory of the system's name space. NtOpenDirectoryObject,
/// NtQueryDirectoryObject
pub(super) fn object_directory(path: &str) -> io::Result<Vec<Entry>> {
    const DIRECTORY_QUERY: u32 = 1;
    let path: Vec<u16> = path.encode_utf16().collect();
    let path_bytes = (path.len() * 2) as u16;
    let path = UNICODE_STRING {
        Length: path_bytes,
        MaximumLength: path_bytes,
        Buffer: path.as_ptr().cast_mut(),
    };
    let attributes = OBJECT_ATTRIBUTES {
        Length: size_of::<OBJECT_ATTRIBUTES>() as u32,
        ObjectName: &path,
        ..OBJECT_ATTRIBUTES::default()
    };
    let mut dir: HANDLE = ptr::null_mut();
    // SAFETY: the attributes and the path, which is only read, live through the call; the handle
    // is new.
    let dir = unsafe {
        check_status(NtOpenDirectoryObject(
            &mut dir,
            DIRECTORY_QUERY,
            &attributes,
        ))?;
        owned(dir)?
    };
    // One query sees one moment, so the buffer grows until it takes everything.
    let mut buffer = vec![DirectoryEntry::default(); 2048];
    loop {
        let mut context = 0;
        match query_directory(dir.as_handle(), Ask::All, &mut buffer, &mut context) {
            STATUS_NO_MORE_ENTRIES => return Ok(Vec::new()),
            STATUS_MORE_ENTRIES | STATUS_BUFFER_TOO_SMALL => {
                let doubled = buffer.len() * 2;
                buffer.resize(doubled, DirectoryEntry::default());
            }
            STATUS_NOT_IMPLEMENTED => return one_by_one(dir.as_handle()),
            status => {
                check_status(status)?;
                return Ok(entries(&buffer));
            }
        }
    }
}

/// The same for Wine, which gives one entry at a time. What goes meanwhile shifts those behind it,
/// so that one may be left out: what any of several passes sees, until two say the same. Some of it may
/// have gone by now, as it may have anyhow.
fn one_by_one(dir: BorrowedHandle<'_>) -> io::Result<Vec<Entry>> {
    const MOST_PASSES: u32 = 20;
    let pass = || -> io::Result<Vec<Entry>> {
        let mut found = Vec::new();
        let mut context = 0;
        loop {
            let mut buffer = vec![DirectoryEntry::default(); 64];
            match query_directory(dir, Ask::One, &mut buffer, &mut context) {
                STATUS_NO_MORE_ENTRIES => return Ok(found),
                status => check_status(status)?,
            }
            found.extend(entries(&buffer[..1]));
        }
    };
    let mut last = pass()?;
    let mut seen: BTreeSet<Entry> = last.iter().cloned().collect();
    for _ in 1..MOST_PASSES {
        let next = pass()?;
        if next == last {
            break;
        }
        seen.extend(next.iter().cloned());
        last = next;
    }
    Ok(seen.into_iter().collect())
}

/// Fills the buffer with entries, from the one on that `context` counts to. The buffer is emptied
/// before. NtQueryDirectoryObject
fn query_directory(
    dir: BorrowedHandle<'_>,
    ask: Ask,
    buffer: &mut [DirectoryEntry],
    context: &mut u32,
) -> NTSTATUS {
    buffer.fill(DirectoryEntry::default());
    let mut returned = 0;
    // SAFETY: the buffer has as many bytes as is said, aligned for the structure.
    unsafe {
        NtQueryDirectoryObject(
            dir.as_raw_handle(),
            buffer.as_mut_ptr().cast(),
            size_of_val(buffer) as u32,
            ask == Ask::One,
            *context == 0,
            context,
            &mut returned,
        )
    }
}

/// The entries at the beginning of a buffer that was just filled.
fn entries(buffer: &[DirectoryEntry]) -> Vec<Entry> {
    let text = |string: &UNICODE_STRING| {
        // SAFETY: the system has put the text of each entry into the buffer, behind the entries,
        // and said how long it is.
        unsafe { std::slice::from_raw_parts(string.Buffer, usize::from(string.Length) / 2) }
            .to_vec()
    };
    buffer
        .iter()
        .take_while(|entry| !entry.name.Buffer.is_null() && !entry.kind.Buffer.is_null())
        .map(|entry| Entry {
            name: text(&entry.name),
            kind: text(&entry.kind),
        })
        .collect()
}

/// A handle of some process. SYSTEM_HANDLE_TABLE_ENTRY_INFO_EX
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(super) struct HandleEntry {
    /// The address of the object in the kernel; 0 for whom the system does not tell.
    pub(super) object: usize,
    pub(super) pid: usize,
    pub(super) handle: usize,
    access: u32,
    trace: u16,
    /// A number for the kind of the object.
    pub(super) kind: u16,
    attributes: u32,
    reserved: u32,
}

/// Every handle of every process. NtQuerySystemInformation
pub(super) fn system_handles() -> io::Result<Vec<HandleEntry>> {
    const SYSTEM_EXTENDED_HANDLE_INFORMATION: i32 = 64;
    // The count and a reserved word come before the entries. They are no entry, but an entry is
    // aligned as they are, so they are read as a part of it.
    const HEAD: usize = 2 * size_of::<usize>();
    let mut len = 1 << 16;
    loop {
        let mut words = vec![0usize; len / size_of::<usize>()];
        // SAFETY: the vector has as many bytes as is said.
        let status = unsafe {
            NtQuerySystemInformation(
                SYSTEM_EXTENDED_HANDLE_INFORMATION,
                words.as_mut_ptr().cast(),
                len as u32,
                ptr::null_mut(),
            )
        };
        if status == STATUS_INFO_LENGTH_MISMATCH && len < 1 << 30 {
            len *= 2;
            continue;
        }
        check_status(status)?;
        let room = (len - HEAD) / size_of::<HandleEntry>();
        let count = words[0].min(room);
        // SAFETY: that many entries of plain numbers fit behind the head, and words are aligned
        // as they are.
        let entries: &[HandleEntry] =
            unsafe { std::slice::from_raw_parts(words[2..].as_ptr().cast(), count) };
        return Ok(entries.to_vec());
    }
}

/// The size of a page, in bytes. GetSystemInfo
pub(crate) fn page_size() -> usize {
    static SIZE: OnceLock<usize> = OnceLock::new();
    *SIZE.get_or_init(|| {
        let mut information = SYSTEM_INFO::default();
        // SAFETY: the answer fits.
        unsafe { GetSystemInfo(&mut information) };
        information.dwPageSize as usize
    })
}

/// The size of a large page, in bytes; 0 where the processor has none. GetLargePageMinimum
pub(super) fn large_page_size() -> usize {
    // SAFETY: takes nothing and returns a number.
    unsafe { GetLargePageMinimum() }
}
