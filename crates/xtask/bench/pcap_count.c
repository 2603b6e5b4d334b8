/* Counts the packets of a capture: what libpcap alone takes to read it. cc -O2 pcap_count.c -lpcap */
#include <pcap/pcap.h>
#include <stdio.h>

struct count {
  unsigned long long packets, bytes;
};

static void add(u_char *user, const struct pcap_pkthdr *header, const u_char *data) {
  struct count *count = (struct count *)user;
  count->packets++;
  count->bytes += header->len + data[0] % 2; /* touches the packet */
}

int main(int arguments, char **argument) {
  char error[PCAP_ERRBUF_SIZE];
  pcap_t *capture = arguments == 2 ? pcap_open_offline(argument[1], error) : NULL;
  struct count count = {0, 0};
  if (capture == NULL || pcap_dispatch(capture, -1, add, (u_char *)&count) < 0) {
    fprintf(stderr, "usage: pcap_count FILE (%s)\n", capture == NULL ? "cannot be opened" : pcap_geterr(capture));
    return 1;
  }
  printf("%llu packets, %llu bytes\n", count.packets, count.bytes);
  pcap_close(capture);
  return 0;
}
