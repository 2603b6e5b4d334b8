/*
 * The only place that knows nDPI's structs and how they differ from version to version. See ndpi_sys.h.
 *
 * 4.2 is compiled and run by this project's tests. The branches for later versions follow the published headers.
 */
#define _GNU_SOURCE /* strnlen, and the BSD types that nDPI's headers use */

#include "ndpi_sys.h"

#include <ndpi_api.h>
#include <stdlib.h>
#include <string.h>

#define VERSION (NDPI_MAJOR * 1000 + NDPI_MINOR)

#if VERSION < 4002
#error "ndpi-sys needs nDPI 4.2 or newer"
#endif

/*
 * What a version has. Releases go by their number. The numbers of development snapshots (odd minors) say little: build.rs
 * looks into their headers and sets all of these itself.
 */
#ifndef NDPI_SYS_HAVE_INPUT_INFO
#define NDPI_SYS_HAVE_INPUT_INFO (VERSION >= 4006)
#endif
#ifndef NDPI_SYS_HAVE_GLOBAL_CONTEXT
#define NDPI_SYS_HAVE_GLOBAL_CONTEXT (VERSION >= 4010)
#endif
#ifndef NDPI_SYS_HAVE_LICENCE
#define NDPI_SYS_HAVE_LICENCE (VERSION >= 6000)
#endif
#ifndef NDPI_SYS_HAVE_SET_CONFIG
#define NDPI_SYS_HAVE_SET_CONFIG (VERSION >= 4010)
#endif
#ifndef NDPI_SYS_HAVE_INT_FINALIZE
#define NDPI_SYS_HAVE_INT_FINALIZE (VERSION >= 4010)
#endif
#ifndef NDPI_SYS_HAVE_BITMASK
#define NDPI_SYS_HAVE_BITMASK (VERSION < 5000)
#endif
#ifndef NDPI_SYS_HAVE_NESTED_PROTO
#define NDPI_SYS_HAVE_NESTED_PROTO (VERSION >= 4011)
#endif
#ifndef NDPI_SYS_HAVE_NAME_OF_PAIR
#define NDPI_SYS_HAVE_NAME_OF_PAIR (VERSION >= 5000)
#endif
#ifndef NDPI_SYS_HAVE_STATE
#define NDPI_SYS_HAVE_STATE (VERSION >= 5000)
#endif
#ifndef NDPI_SYS_HAVE_ENABLE_GUESS
#define NDPI_SYS_HAVE_ENABLE_GUESS (VERSION < 4010)
#endif
#ifndef NDPI_SYS_HAVE_CATEGORY_USER_DATA
#define NDPI_SYS_HAVE_CATEGORY_USER_DATA (VERSION >= 4004)
#endif
#ifndef NDPI_SYS_HAVE_SPLIT_ALPN
#define NDPI_SYS_HAVE_SPLIT_ALPN (VERSION >= 4006)
#endif
#ifndef NDPI_SYS_HAVE_JA3_CLIENT
#define NDPI_SYS_HAVE_JA3_CLIENT (VERSION < 4014)
#endif
#ifndef NDPI_SYS_HAVE_JA4_CLIENT
#define NDPI_SYS_HAVE_JA4_CLIENT (VERSION >= 4010)
#endif
#ifndef NDPI_SYS_HAVE_TCP_FINGERPRINT
#define NDPI_SYS_HAVE_TCP_FINGERPRINT (VERSION >= 4012)
#endif
#ifndef NDPI_SYS_HAVE_CONFIDENCE_BY_IP
#define NDPI_SYS_HAVE_CONFIDENCE_BY_IP (VERSION < 4006 || VERSION >= 4008)
#endif
#ifndef NDPI_SYS_HAVE_CONFIDENCE_PARTIAL
#define NDPI_SYS_HAVE_CONFIDENCE_PARTIAL (VERSION >= 4004)
#endif
#ifndef NDPI_SYS_HAVE_CONFIDENCE_NBPF
#define NDPI_SYS_HAVE_CONFIDENCE_NBPF (VERSION >= 4006)
#endif
#ifndef NDPI_SYS_HAVE_CONFIDENCE_AGGRESSIVE
#define NDPI_SYS_HAVE_CONFIDENCE_AGGRESSIVE (VERSION >= 4008)
#endif
#ifndef NDPI_SYS_HAVE_CONFIDENCE_CUSTOM_RULE
#define NDPI_SYS_HAVE_CONFIDENCE_CUSTOM_RULE (VERSION >= 4010)
#endif
#ifndef NDPI_SYS_HAVE_NUM_PROTOCOLS
#define NDPI_SYS_HAVE_NUM_PROTOCOLS (VERSION >= 5000)
#endif

#if NDPI_SYS_HAVE_NESTED_PROTO
#define MASTER(protocol) ((protocol).proto.master_protocol)
#define APPLICATION(protocol) ((protocol).proto.app_protocol)
#else
#define MASTER(protocol) ((protocol).master_protocol)
#define APPLICATION(protocol) ((protocol).app_protocol)
#endif

typedef struct ndpi_flow_struct flow_struct;

/* The alignment that callers are told to give. */
#define FLOW_ALIGNMENT 16
_Static_assert(_Alignof(flow_struct) <= FLOW_ALIGNMENT, "blocks for flows are aligned to 16 bytes");

struct ndpi_sys_module {
  struct ndpi_detection_module_struct *library;
  /* nDPI parses a copy: some dissectors read a few bytes past the end of a packet, and find zeros here. */
  uint8_t scratch[NDPI_SYS_PACKET_MAX + NDPI_SYS_PADDING];
};

/* ---- Versions ---- */

uint32_t ndpi_sys_header_version(void) { return VERSION; }

const char *ndpi_sys_runtime_version(void) { return ndpi_revision(); }

size_t ndpi_sys_flow_size(void) { return sizeof(flow_struct); }

int ndpi_sys_check(void) {
  const char *revision = ndpi_revision();
  char *end = NULL;
  if (revision == NULL || strtoul(revision, &end, 10) != NDPI_MAJOR || *end != '.' ||
      strtoul(end + 1, NULL, 10) != NDPI_MINOR) {
    return NDPI_SYS_WRONG_VERSION;
  }
  /* Same version, another layout: a compile-time option of nDPI makes the flow larger. */
  if (ndpi_detection_get_sizeof_ndpi_flow_struct() != sizeof(flow_struct)) {
    return NDPI_SYS_WRONG_FLOW_SIZE;
  }
#if NDPI_MINOR % 2 == 1 && defined(NDPI_API_VERSION)
  /* Between releases one number stands for many layouts. This one changes with every build, releases included, where it
     says nothing. */
  if (ndpi_get_api_version() != (uint16_t)NDPI_API_VERSION) {
    return NDPI_SYS_WRONG_API_VERSION;
  }
#endif
  return 0;
}

uint32_t ndpi_sys_capabilities(void) {
  uint32_t capabilities = 0;
#if NDPI_SYS_HAVE_JA3_CLIENT
  capabilities |= NDPI_SYS_HAS_JA3_CLIENT;
#endif
#if NDPI_SYS_HAVE_JA4_CLIENT
  capabilities |= NDPI_SYS_HAS_JA4_CLIENT;
#endif
#if NDPI_SYS_HAVE_SET_CONFIG
  capabilities |= NDPI_SYS_HAS_SET_CONFIG;
#endif
#if NDPI_SYS_HAVE_TCP_FINGERPRINT
  capabilities |= NDPI_SYS_HAS_TCP_FINGERPRINT;
#endif
#if NDPI_SYS_HAVE_LICENCE
  capabilities |= NDPI_SYS_NEEDS_LICENCE;
#endif
  return capabilities;
}

/* ---- Modules ---- */

static struct ndpi_detection_module_struct *init_library(uint32_t licence) {
#if NDPI_SYS_HAVE_LICENCE
  /* By symbol: the numbers are nDPI's own business. Not compiled by this project: 6.0's names as its users write them. */
  switch (licence) {
  case NDPI_SYS_LICENCE_NOT_FOR_PROFIT:
    return ndpi_init_detection_module(NULL, NDPI_LICENSE_NOT_FOR_PROFIT_LGPL);
  case NDPI_SYS_LICENCE_FOR_PROFIT_WITH_LICENCE:
    return ndpi_init_detection_module(NULL, NDPI_LICENSE_FOR_PROFIT_DUAL_LICENSE);
  case NDPI_SYS_LICENCE_FOR_PROFIT_WITHOUT_LICENCE:
    return ndpi_init_detection_module(NULL, NDPI_LICENSE_FOR_PROFIT_LGPL);
  default:
    /* Nobody declares a licence for somebody else. */
    return NULL;
  }
#elif NDPI_SYS_HAVE_GLOBAL_CONTEXT
  (void)licence;
  return ndpi_init_detection_module(NULL);
#else
  (void)licence;
  return ndpi_init_detection_module(ndpi_no_prefs);
#endif
}

ndpi_sys_module *ndpi_sys_module_new(uint32_t licence) {
  ndpi_sys_module *module = calloc(1, sizeof(*module));
  if (module == NULL) {
    return NULL;
  }
  module->library = init_library(licence);
  if (module->library == NULL) {
    free(module);
    return NULL;
  }
#if NDPI_SYS_HAVE_BITMASK
  NDPI_PROTOCOL_BITMASK all;
  NDPI_BITMASK_SET_ALL(all);
  ndpi_set_protocol_detection_bitmask2(module->library, &all);
#endif
#if NDPI_SYS_HAVE_SET_CONFIG
  /* Off by default from 4.14 on. NFStream turns it on; where it is on anyway, or no option, this changes nothing. */
  (void)ndpi_set_config(module->library, "dns", "subclassification", "enable");
#endif
  return module;
}

int ndpi_sys_module_set(ndpi_sys_module *module, const char *protocol, const char *key, const char *value) {
#if NDPI_SYS_HAVE_SET_CONFIG
  return (int)ndpi_set_config(module->library, protocol, key, value);
#else
  (void)module, (void)protocol, (void)key, (void)value;
  return NDPI_SYS_UNSUPPORTED;
#endif
}

int ndpi_sys_module_load_protocols(ndpi_sys_module *module, const char *path) {
  return ndpi_load_protocols_file(module->library, path);
}

int ndpi_sys_module_load_categories(ndpi_sys_module *module, const char *path) {
#if NDPI_SYS_HAVE_CATEGORY_USER_DATA
  return ndpi_load_categories_file(module->library, path, NULL);
#else
  return ndpi_load_categories_file(module->library, path);
#endif
}

int ndpi_sys_module_finalize(ndpi_sys_module *module) {
#if NDPI_SYS_HAVE_INT_FINALIZE
  return ndpi_finalize_initialization(module->library);
#else
  ndpi_finalize_initialization(module->library);
  return 0;
#endif
}

void ndpi_sys_module_free(ndpi_sys_module *module) {
  if (module == NULL) {
    return;
  }
  ndpi_exit_detection_module(module->library);
  free(module);
}

/* ---- Names ---- */

uint32_t ndpi_sys_module_protocols(ndpi_sys_module *module) {
#if NDPI_SYS_HAVE_NUM_PROTOCOLS
  return ndpi_get_num_protocols(module->library);
#else
  return ndpi_get_num_supported_protocols(module->library);
#endif
}

const char *ndpi_sys_protocol_name(ndpi_sys_module *module, uint16_t id) {
  /* For ids out of range nDPI answers with the name of another protocol, or from one buffer for all threads. */
  if (id >= ndpi_sys_module_protocols(module)) {
    return NULL;
  }
  return ndpi_get_proto_name(module->library, id);
}

uint16_t ndpi_sys_protocol_category(ndpi_sys_module *module, uint16_t id) {
  if (id >= ndpi_sys_module_protocols(module)) {
    return NDPI_PROTOCOL_CATEGORY_UNSPECIFIED;
  }
  ndpi_protocol protocol;
  memset(&protocol, 0, sizeof(protocol));
  APPLICATION(protocol) = id;
  return (uint16_t)ndpi_get_proto_category(module->library, protocol);
}

const char *ndpi_sys_category_name(ndpi_sys_module *module, uint16_t category) {
  if (category >= NDPI_PROTOCOL_NUM_CATEGORIES) {
    return NULL;
  }
  return ndpi_category_get_name(module->library, (ndpi_protocol_category_t)category);
}

uint32_t ndpi_sys_categories(void) { return NDPI_PROTOCOL_NUM_CATEGORIES; }

size_t ndpi_sys_application_name(ndpi_sys_module *module, const ndpi_sys_result *result, char *buffer, size_t capacity) {
  if (buffer == NULL || capacity == 0) {
    return 0;
  }
#if NDPI_SYS_HAVE_NAME_OF_PAIR
  ndpi_master_app_protocol protocol;
  memset(&protocol, 0, sizeof(protocol));
  protocol.master_protocol = result->master;
  protocol.app_protocol = result->application;
#else
  ndpi_protocol protocol;
  memset(&protocol, 0, sizeof(protocol));
  MASTER(protocol) = result->master;
  APPLICATION(protocol) = result->application;
#endif
  buffer[0] = '\0';
  (void)ndpi_protocol2name(module->library, protocol, buffer, capacity > UINT16_MAX ? UINT16_MAX : (u_int)capacity);
  buffer[capacity - 1] = '\0';
  return strlen(buffer);
}

/* ---- Flows ---- */

int ndpi_sys_flow_init(void *memory, size_t capacity) {
  if (memory == NULL || capacity < sizeof(flow_struct) || (uintptr_t)memory % FLOW_ALIGNMENT != 0) {
    return -1;
  }
  memset(memory, 0, sizeof(flow_struct));
  return 0;
}

void ndpi_sys_flow_release(void *memory) {
  /* Not ndpi_flow_free: it would free the block itself. */
  ndpi_free_flow_data(memory);
  memset(memory, 0, sizeof(flow_struct));
}

static uint8_t map_confidence(ndpi_confidence_t confidence) {
  /* By symbol: 4.4 renumbered the constants of 4.2. */
  switch (confidence) {
  case NDPI_CONFIDENCE_UNKNOWN:
    return NDPI_SYS_CONFIDENCE_UNKNOWN;
  case NDPI_CONFIDENCE_MATCH_BY_PORT:
    return NDPI_SYS_CONFIDENCE_BY_PORT;
  case NDPI_CONFIDENCE_DPI_CACHE:
    return NDPI_SYS_CONFIDENCE_DPI_CACHE;
  case NDPI_CONFIDENCE_DPI:
    return NDPI_SYS_CONFIDENCE_DPI;
#if NDPI_SYS_HAVE_CONFIDENCE_BY_IP
  case NDPI_CONFIDENCE_MATCH_BY_IP:
    return NDPI_SYS_CONFIDENCE_BY_IP;
#endif
#if NDPI_SYS_HAVE_CONFIDENCE_PARTIAL
  case NDPI_CONFIDENCE_DPI_PARTIAL:
    return NDPI_SYS_CONFIDENCE_DPI_PARTIAL;
  case NDPI_CONFIDENCE_DPI_PARTIAL_CACHE:
    return NDPI_SYS_CONFIDENCE_DPI_PARTIAL_CACHE;
#endif
#if NDPI_SYS_HAVE_CONFIDENCE_NBPF
  case NDPI_CONFIDENCE_NBPF:
    return NDPI_SYS_CONFIDENCE_NBPF;
#endif
#if NDPI_SYS_HAVE_CONFIDENCE_AGGRESSIVE
  case NDPI_CONFIDENCE_DPI_AGGRESSIVE:
    return NDPI_SYS_CONFIDENCE_DPI_AGGRESSIVE;
#endif
#if NDPI_SYS_HAVE_CONFIDENCE_CUSTOM_RULE
  case NDPI_CONFIDENCE_CUSTOM_RULE:
    return NDPI_SYS_CONFIDENCE_CUSTOM_RULE;
#endif
  default:
    /* A later version's: something is known, if not by what. */
    return NDPI_SYS_CONFIDENCE_OTHER;
  }
}

/* Which branch NFStream copies a flow's strings from. The first that matches either protocol wins. */
static uint8_t find_family(uint16_t master, uint16_t application) {
#define IS(id) (master == (id) || application == (id))
  if (IS(NDPI_PROTOCOL_DHCP)) {
    return NDPI_SYS_FAMILY_DHCP;
  }
  if (IS(NDPI_PROTOCOL_HTTP)) {
    return NDPI_SYS_FAMILY_HTTP;
  }
  if (IS(NDPI_PROTOCOL_SSH)) {
    return NDPI_SYS_FAMILY_SSH;
  }
  if (IS(NDPI_PROTOCOL_TLS) || IS(NDPI_PROTOCOL_DTLS) || IS(NDPI_PROTOCOL_MAIL_SMTPS) || IS(NDPI_PROTOCOL_MAIL_IMAPS) ||
      IS(NDPI_PROTOCOL_MAIL_POPS) || IS(NDPI_PROTOCOL_QUIC)) {
    return NDPI_SYS_FAMILY_TLS;
  }
  return NDPI_SYS_FAMILY_OTHER;
#undef IS
}

static void fill_result(ndpi_sys_module *module, flow_struct *flow, const ndpi_protocol *protocol, uint8_t guessed,
                        ndpi_sys_result *result) {
  memset(result, 0, sizeof(*result));
  result->master = MASTER(*protocol);
  result->application = APPLICATION(*protocol);
  result->category = (uint16_t)protocol->category;
  result->confidence = map_confidence(flow->confidence);
  result->guessed = guessed;
  result->unknown = result->application == NDPI_PROTOCOL_UNKNOWN;
  result->family = find_family(result->master, result->application);
#if NDPI_SYS_HAVE_STATE
  (void)module;
  result->more = protocol->state != NDPI_STATE_CLASSIFIED;
#else
  result->more = result->unknown || ndpi_extra_dissection_possible(module->library, flow) != 0;
#endif
}

/*
 * Whether nDPI can be trusted with a packet. Dissectors that ask a flow for more packets take it for granted that the next
 * one has a whole TCP header, too: 4.2 follows a null pointer where it has not. The view of the packet is nDPI's own, the
 * same function that it calls itself, so that both mean the same bytes by the transport header.
 */
static int is_sound(const flow_struct *flow, const uint8_t *packet, uint16_t length) {
  enum { TCP_HEADER_MIN = 20, TCP_DATA_OFFSET = 12, UDP_HEADER = 8 };

  const uint8_t *transport = NULL;
  uint16_t available = 0;
  uint8_t protocol = 0;
  if (ndpi_detection_get_l4(packet, length, &transport, &available, &protocol, 0) != 0) {
    /* nDPI does not read further either. */
    return 1;
  }
  if (transport < packet || transport > packet + length || available > packet + length - transport) {
    return 0;
  }
  if (flow->l4_proto != 0 && flow->l4_proto != protocol) {
    /* The same null pointer: the state is that of a TCP flow, and an ICMP packet has no TCP header either. */
    return 0;
  }
  switch (protocol) {
  case IPPROTO_TCP: {
    if (available < TCP_HEADER_MIN) {
      return 0;
    }
    unsigned header = (transport[TCP_DATA_OFFSET] >> 4) * 4u;
    return header >= TCP_HEADER_MIN && header <= available;
  }
  case IPPROTO_UDP:
    return available >= UDP_HEADER;
  default:
    return 1;
  }
}

int ndpi_sys_process(ndpi_sys_module *module, void *flow, const uint8_t *ip_packet, size_t length, uint64_t time_ms,
                     ndpi_sys_result *result) {
  /* Shorter than any IP header. */
  if (ip_packet == NULL || length < sizeof(struct ndpi_iphdr)) {
    return 0;
  }
  if (length > NDPI_SYS_PACKET_MAX) {
    length = NDPI_SYS_PACKET_MAX;
  }
  memcpy(module->scratch, ip_packet, length);
  memset(module->scratch + length, 0, NDPI_SYS_PADDING);
  if (!is_sound(flow, module->scratch, (uint16_t)length)) {
    return 0;
  }
#if NDPI_SYS_HAVE_INPUT_INFO
  ndpi_protocol protocol =
      ndpi_detection_process_packet(module->library, flow, module->scratch, (uint16_t)length, time_ms, NULL);
#else
  ndpi_protocol protocol = ndpi_detection_process_packet(module->library, flow, module->scratch, (uint16_t)length, time_ms);
#endif
  fill_result(module, flow, &protocol, 0, result);
  return 1;
}

void ndpi_sys_give_up(ndpi_sys_module *module, void *flow, ndpi_sys_result *result) {
  uint8_t guessed = 0;
#if NDPI_SYS_HAVE_STATE
  ndpi_protocol protocol = ndpi_detection_giveup(module->library, flow);
  guessed = ((const flow_struct *)flow)->protocol_was_guessed;
#elif NDPI_SYS_HAVE_ENABLE_GUESS
  ndpi_protocol protocol = ndpi_detection_giveup(module->library, flow, 1, &guessed);
#else
  ndpi_protocol protocol = ndpi_detection_giveup(module->library, flow, &guessed);
#endif
  fill_result(module, flow, &protocol, guessed != 0, result);
}

/* ---- What a flow says ---- */

static const char *text(const char *string, size_t capacity, size_t *length) {
  if (string == NULL) {
    return NULL;
  }
  *length = strnlen(string, capacity);
  return *length == 0 ? NULL : string;
}

/* The assertion: were an array to become a pointer, its size would be the wrong bound. */
#define ARRAY(field)                                                                                                   \
  (__extension__({                                                                                                     \
    _Static_assert(sizeof(field) > sizeof(char *), "an array, not a pointer");                                         \
    text((field), sizeof(field), length);                                                                              \
  }))
#define POINTER(field) text((field), PTRDIFF_MAX, length)

const char *ndpi_sys_flow_text(ndpi_sys_module *module, const void *flow, const ndpi_sys_result *result, uint32_t which,
                               size_t *length) {
  const flow_struct *state = flow;
  /*
   * `protos` is a union: each dissector writes its own member, and none says which was written last. Arrays of the wrong
   * member are nonsense, but harmless to read; they count only where the label is that of the member. Pointers of the
   * wrong member are poison: beside the label, the dissector itself must have found the protocol. A guess by port or from
   * a cache sets the same label over any member.
   */
  int is_tls = result->family == NDPI_SYS_FAMILY_TLS;
  int is_ssh = result->family == NDPI_SYS_FAMILY_SSH;
  int is_dhcp = result->family == NDPI_SYS_FAMILY_DHCP;
  int is_dissected = result->confidence == NDPI_SYS_CONFIDENCE_DPI;
  (void)module;
  *length = 0;
  switch (which) {
  case NDPI_SYS_TEXT_SERVER_NAME:
    return ARRAY(state->host_server_name);
  /* `http` lies outside of the union. */
  case NDPI_SYS_TEXT_URL:
    return POINTER(state->http.url);
  case NDPI_SYS_TEXT_USER_AGENT:
    return POINTER(state->http.user_agent);
  case NDPI_SYS_TEXT_CONTENT_TYPE:
    return POINTER(state->http.content_type);
#if NDPI_SYS_HAVE_JA3_CLIENT
  case NDPI_SYS_TEXT_JA3_CLIENT:
    return is_tls ? ARRAY(state->protos.tls_quic.ja3_client) : NULL;
#endif
  case NDPI_SYS_TEXT_JA3_SERVER:
    return is_tls ? ARRAY(state->protos.tls_quic.ja3_server) : NULL;
#if NDPI_SYS_HAVE_JA4_CLIENT
  case NDPI_SYS_TEXT_JA4_CLIENT:
    return is_tls ? ARRAY(state->protos.tls_quic.ja4_client) : NULL;
#endif
  case NDPI_SYS_TEXT_HASSH_CLIENT:
    return is_ssh ? ARRAY(state->protos.ssh.hassh_client) : NULL;
  case NDPI_SYS_TEXT_HASSH_SERVER:
    return is_ssh ? ARRAY(state->protos.ssh.hassh_server) : NULL;
  case NDPI_SYS_TEXT_DHCP_FINGERPRINT:
    return is_dhcp ? ARRAY(state->protos.dhcp.fingerprint) : NULL;
  case NDPI_SYS_TEXT_ALPN:
#if NDPI_SYS_HAVE_SPLIT_ALPN
    return is_tls && is_dissected ? POINTER(state->protos.tls_quic.advertised_alpns) : NULL;
#else
    return is_tls && is_dissected ? POINTER(state->protos.tls_quic.alpn) : NULL;
#endif
#if NDPI_SYS_HAVE_TCP_FINGERPRINT
  case NDPI_SYS_TEXT_TCP_FINGERPRINT:
    return POINTER(state->tcp.fingerprint);
#endif
  default:
    return NULL;
  }
}

uint64_t ndpi_sys_flow_risks(const void *flow) { return (uint64_t)((const flow_struct *)flow)->risk; }

const char *ndpi_sys_risk_name(uint32_t bit) {
  /* Where nDPI has no name, as for NDPI_NO_RISK, it prints the number into one buffer for all threads. */
  return bit != NDPI_NO_RISK && bit < NDPI_MAX_RISK ? ndpi_risk2str((ndpi_risk_enum)bit) : NULL;
}

uint32_t ndpi_sys_risks(void) { return NDPI_MAX_RISK; }

/* ---- For the tests ---- */

size_t ndpi_sys_layout(int32_t *numbers, size_t capacity) {
  static const int32_t table[] = {
      sizeof(ndpi_sys_result),
      offsetof(ndpi_sys_result, master),
      offsetof(ndpi_sys_result, application),
      offsetof(ndpi_sys_result, category),
      offsetof(ndpi_sys_result, confidence),
      offsetof(ndpi_sys_result, guessed),
      offsetof(ndpi_sys_result, unknown),
      offsetof(ndpi_sys_result, more),
      offsetof(ndpi_sys_result, family),
      offsetof(ndpi_sys_result, reserved),
      NDPI_SYS_CONFIDENCE_UNKNOWN,
      NDPI_SYS_CONFIDENCE_BY_PORT,
      NDPI_SYS_CONFIDENCE_NBPF,
      NDPI_SYS_CONFIDENCE_DPI_PARTIAL,
      NDPI_SYS_CONFIDENCE_DPI_PARTIAL_CACHE,
      NDPI_SYS_CONFIDENCE_DPI_CACHE,
      NDPI_SYS_CONFIDENCE_DPI,
      NDPI_SYS_CONFIDENCE_BY_IP,
      NDPI_SYS_CONFIDENCE_DPI_AGGRESSIVE,
      NDPI_SYS_CONFIDENCE_CUSTOM_RULE,
      NDPI_SYS_CONFIDENCE_OTHER,
      NDPI_SYS_FAMILY_OTHER,
      NDPI_SYS_FAMILY_DHCP,
      NDPI_SYS_FAMILY_HTTP,
      NDPI_SYS_FAMILY_SSH,
      NDPI_SYS_FAMILY_TLS,
      NDPI_SYS_WRONG_FLOW_SIZE,
      NDPI_SYS_WRONG_VERSION,
      NDPI_SYS_WRONG_API_VERSION,
      NDPI_SYS_HAS_JA3_CLIENT,
      NDPI_SYS_HAS_JA4_CLIENT,
      NDPI_SYS_HAS_SET_CONFIG,
      NDPI_SYS_HAS_TCP_FINGERPRINT,
      NDPI_SYS_NEEDS_LICENCE,
      NDPI_SYS_LICENCE_NONE,
      NDPI_SYS_LICENCE_NOT_FOR_PROFIT,
      NDPI_SYS_LICENCE_FOR_PROFIT_WITH_LICENCE,
      NDPI_SYS_LICENCE_FOR_PROFIT_WITHOUT_LICENCE,
      NDPI_SYS_UNSUPPORTED,
      NDPI_SYS_TEXT_SERVER_NAME,
      NDPI_SYS_TEXT_URL,
      NDPI_SYS_TEXT_USER_AGENT,
      NDPI_SYS_TEXT_CONTENT_TYPE,
      NDPI_SYS_TEXT_JA3_CLIENT,
      NDPI_SYS_TEXT_JA3_SERVER,
      NDPI_SYS_TEXT_JA4_CLIENT,
      NDPI_SYS_TEXT_HASSH_CLIENT,
      NDPI_SYS_TEXT_HASSH_SERVER,
      NDPI_SYS_TEXT_DHCP_FINGERPRINT,
      NDPI_SYS_TEXT_ALPN,
      NDPI_SYS_TEXT_TCP_FINGERPRINT,
      NDPI_SYS_PACKET_MAX,
      FLOW_ALIGNMENT,
  };
  size_t count = sizeof(table) / sizeof(table[0]);
  for (size_t index = 0; index < count && index < capacity; index++) {
    numbers[index] = table[index];
  }
  return count;
}
