/*
 * nDPI with as little around it as possible: reads a capture, finds each packet's flow in a hash table, and shows nDPI the
 * first packets of each flow until it knows enough. No timeouts, no features, no rows: a lower bound for whoever uses nDPI.
 * For whole, sound packets only (those that cargo xtask bench makes). cc -O2 ndpi_driver.c -lndpi -lpcap
 */
#include <ndpi/ndpi_api.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if NDPI_MAJOR != 4 || NDPI_MINOR != 2
#error "written for nDPI 4.2, the one of Debian 12"
#endif

enum { DISSECTIONS = 20, BUCKETS = 1 << 20 };

struct key {
  uint8_t ends[2][16];
  uint16_t ports[2];
  uint16_t vlan;
  uint8_t protocol, version;
};

struct flow {
  struct flow *next;
  struct key key;
  struct ndpi_flow_struct *dissection; /* NULL when nDPI knows enough, or was given up */
  uint8_t packets, is_known;
};

static struct flow *table[BUCKETS];
static struct ndpi_detection_module_struct *module;
static unsigned long long packets, flows, known;

static uint16_t read16(const u_char *data) { return (uint16_t)(data[0] << 8 | data[1]); }

/* The key of an IP packet, the same in both directions. */
static int find_key(const u_char *ip, unsigned length, struct key *key) {
  const u_char *transport, *source, *target;
  unsigned address;
  if (length >= 20 && ip[0] >> 4 == 4) {
    transport = ip + (ip[0] & 15) * 4;
    source = ip + 12, target = ip + 16, address = 4;
    key->protocol = ip[9];
    if (read16(ip + 6) & 0x1fff) {
      transport = ip + length; /* no ports in later fragments */
    }
  } else if (length >= 40 && ip[0] >> 4 == 6) {
    transport = ip + 40;
    source = ip + 8, target = ip + 24, address = 16;
    key->protocol = ip[6];
  } else {
    return 0;
  }
  uint16_t ports[2] = {0, 0};
  if ((key->protocol == IPPROTO_TCP || key->protocol == IPPROTO_UDP) && transport + 4 <= ip + length) {
    ports[0] = read16(transport), ports[1] = read16(transport + 2);
  }
  int order = memcmp(source, target, address);
  int swap = order > 0 || (order == 0 && ports[0] > ports[1]);
  memcpy(key->ends[swap], source, address);
  memcpy(key->ends[!swap], target, address);
  key->ports[swap] = ports[0], key->ports[!swap] = ports[1];
  key->version = ip[0] >> 4;
  return 1;
}

/* FNV-1a by words. */
static uint64_t hash(const struct key *key) {
  uint64_t result = 0xcbf29ce484222325, word;
  for (unsigned at = 0; at + 8 <= sizeof *key; at += 8) {
    memcpy(&word, (const char *)key + at, 8);
    result = (result ^ word) * 0x100000001b3;
  }
  return result ^ result >> 32;
}
_Static_assert(sizeof(struct key) == 40, "hashed by words, without padding");

static struct flow *find_flow(const struct key *key) {
  struct flow **bucket = &table[hash(key) % BUCKETS], *flow;
  for (flow = *bucket; flow != NULL; flow = flow->next) {
    if (memcmp(&flow->key, key, sizeof *key) == 0) {
      return flow;
    }
  }
  flow = calloc(1, sizeof *flow);
  flow->key = *key;
  flow->dissection = ndpi_flow_malloc(SIZEOF_FLOW_STRUCT);
  memset(flow->dissection, 0, SIZEOF_FLOW_STRUCT);
  flow->next = *bucket;
  flows++;
  return *bucket = flow;
}

/* nDPI learns no more about the flow. */
static void end(struct flow *flow) {
  u_int8_t guessed;
  if (!flow->is_known) {
    ndpi_protocol protocol = ndpi_detection_giveup(module, flow->dissection, 1, &guessed);
    flow->is_known = protocol.app_protocol != NDPI_PROTOCOL_UNKNOWN;
  }
  known += flow->is_known;
  ndpi_free_flow(flow->dissection);
  flow->dissection = NULL;
}

static void add(u_char *user, const struct pcap_pkthdr *header, const u_char *data) {
  struct key key;
  (void)user;
  unsigned at = 12;
  memset(&key, 0, sizeof key);
  packets++;
  if (header->caplen < 18) {
    return;
  }
  if (read16(data + at) == 0x8100) {
    key.vlan = read16(data + at + 2) & 0xfff;
    at += 4;
  }
  const u_char *ip = data + at + 2;
  unsigned length = header->caplen - at - 2;
  if (!find_key(ip, length, &key)) {
    return;
  }
  struct flow *flow = find_flow(&key);
  if (flow->dissection == NULL) {
    return;
  }
  u_int64_t millis = (u_int64_t)header->ts.tv_sec * 1000 + (u_int64_t)header->ts.tv_usec / 1000;
  ndpi_protocol protocol = ndpi_detection_process_packet(module, flow->dissection, ip, (u_short)length, millis);
  flow->is_known = protocol.app_protocol != NDPI_PROTOCOL_UNKNOWN;
  int complete = flow->is_known && !ndpi_extra_dissection_possible(module, flow->dissection);
  if (complete || ++flow->packets == DISSECTIONS) {
    end(flow);
  }
}

int main(int arguments, char **argument) {
  char error[PCAP_ERRBUF_SIZE];
  NDPI_PROTOCOL_BITMASK all;
  pcap_t *capture = arguments == 2 ? pcap_open_offline(argument[1], error) : NULL;
  if (capture == NULL || (module = ndpi_init_detection_module(ndpi_no_prefs)) == NULL) {
    fprintf(stderr, "usage: ndpi_driver FILE\n");
    return 1;
  }
  NDPI_BITMASK_SET_ALL(all);
  ndpi_set_protocol_detection_bitmask2(module, &all);
  ndpi_finalize_initialization(module);
  if (pcap_dispatch(capture, -1, add, NULL) < 0) {
    fprintf(stderr, "%s\n", pcap_geterr(capture));
    return 1;
  }
  for (unsigned bucket = 0; bucket < BUCKETS; bucket++) {
    for (struct flow *flow = table[bucket], *next; flow != NULL; flow = next) {
      next = flow->next;
      if (flow->dissection != NULL) {
        end(flow);
      }
      free(flow);
    }
  }
  printf("%llu packets, %llu flows, %llu of them known to nDPI %s\n", packets, flows, known, ndpi_revision());
  ndpi_exit_detection_module(module);
  pcap_close(capture);
  return 0;
}
