//! Embeds the built front ends anew when they change; without this line cargo keeps a stale copy.

fn main() {
    println!("cargo:rerun-if-changed=../mobile/dist");
}
