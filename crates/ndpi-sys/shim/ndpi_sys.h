/*
 * The surface that Rust sees: the same for every supported version of nDPI. `src/lib.rs` declares it a second time, by
 * hand, and documents it; the tests compare the two.
 */
#ifndef NDPI_SYS_H
#define NDPI_SYS_H

#include <stddef.h>
#include <stdint.h>

/* Confidence: the numbers of nDPI 5.0, whatever the installed version counts, and one for what is newer. */
#define NDPI_SYS_CONFIDENCE_UNKNOWN 0
#define NDPI_SYS_CONFIDENCE_BY_PORT 1
#define NDPI_SYS_CONFIDENCE_NBPF 2
#define NDPI_SYS_CONFIDENCE_DPI_PARTIAL 3
#define NDPI_SYS_CONFIDENCE_DPI_PARTIAL_CACHE 4
#define NDPI_SYS_CONFIDENCE_DPI_CACHE 5
#define NDPI_SYS_CONFIDENCE_DPI 6
#define NDPI_SYS_CONFIDENCE_BY_IP 7
#define NDPI_SYS_CONFIDENCE_DPI_AGGRESSIVE 8
#define NDPI_SYS_CONFIDENCE_CUSTOM_RULE 9
#define NDPI_SYS_CONFIDENCE_OTHER 255

#define NDPI_SYS_FAMILY_OTHER 0
#define NDPI_SYS_FAMILY_DHCP 1
#define NDPI_SYS_FAMILY_HTTP 2
#define NDPI_SYS_FAMILY_SSH 3
#define NDPI_SYS_FAMILY_TLS 4

#define NDPI_SYS_WRONG_FLOW_SIZE 1
#define NDPI_SYS_WRONG_VERSION 2
#define NDPI_SYS_WRONG_API_VERSION 3

#define NDPI_SYS_HAS_JA3_CLIENT 0x01
#define NDPI_SYS_HAS_JA4_CLIENT 0x02
#define NDPI_SYS_HAS_SET_CONFIG 0x04
#define NDPI_SYS_HAS_TCP_FINGERPRINT 0x08
#define NDPI_SYS_NEEDS_LICENCE 0x10

#define NDPI_SYS_LICENCE_NONE 0
#define NDPI_SYS_LICENCE_NOT_FOR_PROFIT 1
#define NDPI_SYS_LICENCE_FOR_PROFIT_WITH_LICENCE 2
#define NDPI_SYS_LICENCE_FOR_PROFIT_WITHOUT_LICENCE 3

#define NDPI_SYS_UNSUPPORTED (-100)

#define NDPI_SYS_TEXT_SERVER_NAME 0
#define NDPI_SYS_TEXT_URL 1
#define NDPI_SYS_TEXT_USER_AGENT 2
#define NDPI_SYS_TEXT_CONTENT_TYPE 3
#define NDPI_SYS_TEXT_JA3_CLIENT 4
#define NDPI_SYS_TEXT_JA3_SERVER 5
#define NDPI_SYS_TEXT_JA4_CLIENT 6
#define NDPI_SYS_TEXT_HASSH_CLIENT 7
#define NDPI_SYS_TEXT_HASSH_SERVER 8
#define NDPI_SYS_TEXT_DHCP_FINGERPRINT 9
#define NDPI_SYS_TEXT_ALPN 10
#define NDPI_SYS_TEXT_TCP_FINGERPRINT 11

/* Largest packet that is looked at, and the zero bytes kept behind it. */
#define NDPI_SYS_PACKET_MAX 65535
#define NDPI_SYS_PADDING 64

typedef struct {
  uint16_t master, application, category;
  uint8_t confidence;
  uint8_t guessed;
  uint8_t unknown;
  uint8_t more;
  uint8_t family;
  uint8_t reserved[5];
} ndpi_sys_result;

_Static_assert(sizeof(ndpi_sys_result) == 16, "the Rust declaration has 16 bytes");

typedef struct ndpi_sys_module ndpi_sys_module;

uint32_t ndpi_sys_header_version(void);
const char *ndpi_sys_runtime_version(void);
size_t ndpi_sys_flow_size(void);
int ndpi_sys_check(void);
uint32_t ndpi_sys_capabilities(void);

ndpi_sys_module *ndpi_sys_module_new(uint32_t licence);
int ndpi_sys_module_set(ndpi_sys_module *module, const char *protocol, const char *key, const char *value);
int ndpi_sys_module_load_protocols(ndpi_sys_module *module, const char *path);
int ndpi_sys_module_load_categories(ndpi_sys_module *module, const char *path);
int ndpi_sys_module_finalize(ndpi_sys_module *module);
void ndpi_sys_module_free(ndpi_sys_module *module);

uint32_t ndpi_sys_module_protocols(ndpi_sys_module *module);
const char *ndpi_sys_protocol_name(ndpi_sys_module *module, uint16_t id);
uint16_t ndpi_sys_protocol_category(ndpi_sys_module *module, uint16_t id);
const char *ndpi_sys_category_name(ndpi_sys_module *module, uint16_t category);
uint32_t ndpi_sys_categories(void);
size_t ndpi_sys_application_name(ndpi_sys_module *module, const ndpi_sys_result *result, char *buffer, size_t capacity);

int ndpi_sys_flow_init(void *memory, size_t capacity);
void ndpi_sys_flow_release(void *memory);
int ndpi_sys_process(ndpi_sys_module *module, void *flow, const uint8_t *ip_packet, size_t length, uint64_t time_ms,
                     ndpi_sys_result *result);
void ndpi_sys_give_up(ndpi_sys_module *module, void *flow, ndpi_sys_result *result);

const char *ndpi_sys_flow_text(ndpi_sys_module *module, const void *flow, const ndpi_sys_result *result, uint32_t which,
                               size_t *length);
uint64_t ndpi_sys_flow_risks(const void *flow);
const char *ndpi_sys_risk_name(uint32_t bit);
uint32_t ndpi_sys_risks(void);

/* What C makes of the declarations above, for the tests: writes up to `capacity` numbers, returns how many there are. */
size_t ndpi_sys_layout(int32_t *numbers, size_t capacity);

#endif
