use std::fs;

use crate::support::Place;

#[test]
fn prints_the_files_and_writes_nothing() {
    let place = Place::new();
    let printed = place.run(["setup", "--group", "audio"]).ok();
    for words in [
        "# /etc/sysusers.d/nshm.conf\n",
        "g audio -\n",
        "# /etc/tmpfiles.d/nshm.conf\n",
        "d /run/nshm/global 1775 root audio -\n",
        "# /etc/sysctl.d/60-nshm.conf\n",
        "kernel.shmmni = 32768\n",
    ] {
        assert!(printed.text().contains(words), "{words:?} in {printed:?}");
    }
    assert!(printed.stderr.contains("systemd-tmpfiles --create"));
    place.run(["setup", "--group", "No Group"]).code(2);
    place.run(["setup", "--root", "image"]).code(2);
}

#[test]
fn installs_once_and_overwrites_nothing() {
    let place = Place::new();
    let root = place.path().join("image");
    let args = ["setup", "--install", "--root"];
    let install = || {
        place.run(
            args.iter()
                .map(|arg| (*arg).into())
                .chain([root.clone().into_os_string()]),
        )
    };
    let wrote = install().ok();
    assert_eq!(wrote.text().matches("wrote ").count(), 3, "{wrote:?}");
    let tmpfiles = root.join("etc/tmpfiles.d/nshm.conf");
    let text = fs::read_to_string(&tmpfiles).expect("it is written");
    assert!(text.contains("d /run/nshm/global 1775 root nshm -\n"));
    let again = install().ok();
    assert_eq!(again.text().matches("unchanged: ").count(), 3, "{again:?}");
    fs::write(&tmpfiles, "# mine\n").expect("a change");
    let refused = install().code(4);
    assert!(
        refused.stderr.contains("says something else"),
        "{refused:?}"
    );
    assert_eq!(
        fs::read_to_string(&tmpfiles).expect("it is there"),
        "# mine\n"
    );
    let drafts = fs::read_dir(tmpfiles.parent().expect("a directory")).expect("a directory");
    assert_eq!(drafts.count(), 1);
}
