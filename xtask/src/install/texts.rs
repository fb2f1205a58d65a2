//! The files by which build systems find the library. All of them find the prefix from where they
//! lie themselves, so that an installed tree may be moved as a whole.

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// `nshm.pc`. `needs` is for programs that are linked to the static library.
pub(super) fn pkg_config(needs: &[String]) -> String {
    let needs = needs.join(" ");
    format!(
        "\
prefix=${{pcfiledir}}/../..
includedir=${{prefix}}/include
libdir=${{prefix}}/lib

Name: nshm
Description: Named shared memory, with the exact model of Windows
Version: {VERSION}
Cflags: -I${{includedir}}
Libs: -L${{libdir}} -lnshm
Libs.private: {needs}
"
    )
}

/// `nshm-win32.pc`: the same with the headers of the Windows API.
pub(super) fn pkg_config_win32() -> String {
    format!(
        "\
prefix=${{pcfiledir}}/../..
includedir=${{prefix}}/include

Name: nshm-win32
Description: The Windows API for named shared memory, on Linux
Version: {VERSION}
Requires: nshm = {VERSION}
Cflags: -I${{includedir}}/nshm/win32
"
    )
}

/// `nshm-config.cmake`, for `find_package(nshm)`.
pub(super) fn cmake(needs: &[String]) -> String {
    let needs: Vec<&str> = needs
        .iter()
        .map(|library| library.trim_start_matches("-l"))
        .collect();
    let needs = needs.join(";");
    format!(
        "\
# Named shared memory.
#   nshm::nshm         the shared library and nshm.h
#   nshm::nshm-static  the static library and nshm.h
#   nshm::win32        the shared library and the headers of the Windows API, where installed

get_filename_component(_nshm_prefix \"${{CMAKE_CURRENT_LIST_DIR}}/../../..\" ABSOLUTE)

if(NOT TARGET nshm::nshm)
  add_library(nshm::nshm SHARED IMPORTED)
  set_target_properties(nshm::nshm PROPERTIES
    IMPORTED_LOCATION \"${{_nshm_prefix}}/lib/libnshm.so\"
    INTERFACE_INCLUDE_DIRECTORIES \"${{_nshm_prefix}}/include\")

  add_library(nshm::nshm-static STATIC IMPORTED)
  set_target_properties(nshm::nshm-static PROPERTIES
    IMPORTED_LOCATION \"${{_nshm_prefix}}/lib/libnshm.a\"
    INTERFACE_INCLUDE_DIRECTORIES \"${{_nshm_prefix}}/include\"
    INTERFACE_LINK_LIBRARIES \"{needs}\")

  if(EXISTS \"${{_nshm_prefix}}/include/nshm/win32/windows.h\")
    add_library(nshm::win32 INTERFACE IMPORTED)
    set_target_properties(nshm::win32 PROPERTIES
      INTERFACE_INCLUDE_DIRECTORIES \"${{_nshm_prefix}}/include/nshm/win32\"
      INTERFACE_LINK_LIBRARIES nshm::nshm)
  endif()
endif()

unset(_nshm_prefix)
"
    )
}

/// `nshm-config-version.cmake`. Before 1.0 a new minor number may break programs.
pub(super) fn cmake_version() -> String {
    format!(
        "\
set(PACKAGE_VERSION \"{VERSION}\")

if(PACKAGE_VERSION VERSION_EQUAL PACKAGE_FIND_VERSION)
  set(PACKAGE_VERSION_EXACT TRUE)
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
elseif(PACKAGE_VERSION VERSION_LESS PACKAGE_FIND_VERSION)
  set(PACKAGE_VERSION_COMPATIBLE FALSE)
elseif(PACKAGE_FIND_VERSION_COUNT LESS 2)
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
elseif(PACKAGE_VERSION MATCHES \"^${{PACKAGE_FIND_VERSION_MAJOR}}\\\\.${{PACKAGE_FIND_VERSION_MINOR}}\\\\.\")
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
else()
  set(PACKAGE_VERSION_COMPATIBLE FALSE)
endif()

# The libraries are of one width.
if(CMAKE_SIZEOF_VOID_P AND NOT CMAKE_SIZEOF_VOID_P EQUAL 8)
  set(PACKAGE_VERSION \"{VERSION} (64 bits)\")
  set(PACKAGE_VERSION_UNSUITABLE TRUE)
endif()
"
    )
}
