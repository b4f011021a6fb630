# qprov: make | test | e2e | recall | vm | vm-ways | bench | fuzz | check | install | uninstall. BUILD= chooses the output folder, SAN=1 adds ASan and UBSan.
BUILD ?= build
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
CC ?= gcc
CLANG ?= clang
VERSION := 0.1.0

ARCH := $(shell uname -m)
BPF_ARCH := $(if $(filter aarch64,$(ARCH)),arm64,x86)

WARN := -Wall -Wextra -Werror -Wformat=2 -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wpointer-arith
OPT ?= -O2 -g
, := ,
SANFLAGS := $(if $(SAN),-fsanitize=address$(,)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
CPPFLAGS += -D_GNU_SOURCE -DQPROV_VERSION='"$(VERSION)"' -Iinclude -Iuser
CFLAGS += -std=gnu11 $(OPT) $(WARN) -fstack-protector-strong $(SANFLAGS)
LDFLAGS += $(SANFLAGS)
LDLIBS := -pthread -ldl -lbpf -lelf -lz -lsodium -lyaml -ljson-c

# In the order data flows; a stage may use only what stands before it (scripts/check-layers).
STAGES := base config capture attach decode query sql redact policy identity event evidence sink pipeline cli
SRC := $(foreach s,$(STAGES),$(wildcard user/$(s)/*.c))
OBJ := $(SRC:%.c=$(BUILD)/%.o)
LIBS := $(foreach s,$(STAGES),$(BUILD)/lib/$(s).a)
BPF_OBJS := $(BUILD)/bpf/qprov.bpf.o $(BUILD)/bpf/floor.bpf.o

UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/tests/%)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)

all: $(BUILD)/qprov

$(BUILD)/qprov: $(OBJ) $(BUILD)/bpf/embed.o
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c
	@mkdir -p $(@D)
	$(CLANG) -target bpf -D__TARGET_ARCH_$(BPF_ARCH) -O2 -g -Wall -Werror -Iinclude -Ivmlinux -MMD -MP -c -o $@ $<

# The BPF objects are part of the program: no file to lose, no skeleton generator to install.
$(BUILD)/bpf/embed.o: bpf/embed.S $(BPF_OBJS)
	$(CC) -Wa,-I$(BUILD)/bpf -c -o $@ $<

define stage_lib
$(BUILD)/lib/$(1).a: $(patsubst %.c,$(BUILD)/%.o,$(wildcard user/$(1)/*.c))
	@mkdir -p $$(@D)
	rm -f $$@ && $(AR) rcs $$@ $$^
endef
$(foreach s,$(STAGES),$(eval $(call stage_lib,$(s))))

# Unit tests: every tests/unit/test_*.c is a program linked with all stages; unused ones cost nothing.
$(BUILD)/tests/%: tests/unit/%.c $(LIBS) $(BUILD)/bpf/embed.o
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Itests/unit $(CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< -Wl,--start-group $(LIBS) -Wl,--end-group $(BUILD)/bpf/embed.o $(LDLIBS) -lcmocka

unit-bin: $(UNIT_BIN)

# Fuzz targets: LLVMFuzzerTestOneInput; with FUZZ_MAIN they replay a corpus in the ordinary test run.
$(BUILD)/fuzz-replay/%: tests/fuzz/%.c tests/fuzz/replay_main.c $(LIBS) $(BUILD)/bpf/embed.o
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -Wno-missing-prototypes $(LDFLAGS) -o $@ $< tests/fuzz/replay_main.c -Wl,--start-group $(LIBS) -Wl,--end-group $(BUILD)/bpf/embed.o $(LDLIBS)

fuzz-replay-bin: $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/fuzz-replay/%)

FUZZ_CC := $(CLANG) $(CPPFLAGS) -std=gnu11 -O1 -g
FUZZ_OBJ := $(patsubst %.c,$(BUILD)/fuzz-obj/%.o,$(filter-out user/cli/%,$(SRC)))

$(BUILD)/fuzz-obj/%.o: %.c
	@mkdir -p $(@D)
	$(FUZZ_CC) -fsanitize=fuzzer-no-link,address,undefined -MMD -MP -c -o $@ $<

$(BUILD)/fuzz/%: tests/fuzz/%.c $(FUZZ_OBJ) $(BUILD)/bpf/embed.o
	@mkdir -p $(@D)
	$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $@ $^ $(LDLIBS)

fuzz-bin: $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/fuzz/%)

test:
	scripts/run-tests unit golden fuzz-corpus replay badinput

e2e: all
	scripts/run-tests e2e

# RECALL: names of modules (tests/recall/rows_NAME.py), --only WORD, --update-docs
recall: all
	/usr/bin/python3 tests/recall/recall.py $(BUILD)/qprov $(RECALL)

releases: all
	tests/releases/run $(BUILD)/qprov $(RECALL)

vm: all
	scripts/run-tests vm

# Every way in and up on a machine with systemd. WAYS: names of some, --doc
vm-ways: all
	/usr/bin/python3 tests/vm/ways $(BUILD)/qprov $(WAYS)

bench: all
	scripts/bench

fuzz: fuzz-bin
	scripts/fuzz

# What another compiler says (CC=clang), without its work.
syntax:
	$(CC) $(CPPFLAGS) $(CFLAGS) -fsyntax-only $(SRC)

check:
	scripts/check

install: all
	install -D -m 0755 $(BUILD)/qprov $(DESTDIR)$(PREFIX)/sbin/qprov
	for m in doc/man/*.[1-8]; do install -D -m 0644 $$m $(DESTDIR)$(PREFIX)/share/man/man$${m##*.}/$${m##*/}; done
	install -D -m 0600 doc/qprov.yaml $(DESTDIR)$(SYSCONFDIR)/qprov/qprov.yaml.example
	install -D -m 0644 doc/event.schema.json $(DESTDIR)$(PREFIX)/share/qprov/event.schema.json
	install -D -m 0644 doc/qprov.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/qprov
	install -d -m 0755 $(DESTDIR)$(UNITDIR)
	sed 's|@PREFIX@|$(PREFIX)|' doc/qprov.service > $(DESTDIR)$(UNITDIR)/qprov.service
	chmod 0644 $(DESTDIR)$(UNITDIR)/qprov.service

# What is not the site's own: the configuration, the lists and what was written stay.
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/sbin/qprov $(DESTDIR)$(UNITDIR)/qprov.service $(DESTDIR)$(PREFIX)/share/bash-completion/completions/qprov
	for m in doc/man/*.[1-8]; do rm -f $(DESTDIR)$(PREFIX)/share/man/man$${m##*.}/$${m##*/}; done
	rm -rf $(DESTDIR)$(PREFIX)/share/qprov
	rm -f $(DESTDIR)$(SYSCONFDIR)/qprov/qprov.yaml.example

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name vm -prune -o -name '*.d' -type f -print 2>/dev/null)

.PHONY: all syntax test e2e recall releases vm vm-ways bench fuzz check install uninstall clean unit-bin fuzz-bin fuzz-replay-bin
.SECONDARY:
