//! What only shards show.

use super::*;

/// Two shards never agree on the hash of a key: whoever sends packets cannot choose collisions.
#[test]
fn the_hash_is_seeded_at_random() {
    let hash = || {
        FlowShard::new(&FlowTableConfig::default(), (), ())
            .hasher
            .hash_one(1)
    };
    assert_ne!(hash(), hash());
}
