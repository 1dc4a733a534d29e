# bash completion for msg                                  -*- shell-script -*-
# Made from the command tree by "npm run completions:write".

# The options that every command takes: without a value, with one, and those not offered.
_msg_flags='-V --version -q --quiet -v --verbose --no-input -h --help'
_msg_valued='-p --profile --format --color'
_msg_hidden='--peer --transport --transport-ca --transport-cert --transport-key --transport-key-passphrase --transport-sasl --transport-username --transport-password --transport-principal --transport-topic --transport-give-up-after --chain-url --chain-id --chain-ca --chain-auth --chain-confirmations --chain-max-block-age --chain-fees --directory --account --account-passphrase --keys --key-passphrase --trust-anchors --trust-naming --trust-peers --trust-crls --trust-revocation --trust-crl-fetch --trust-crl-max-age --trust-crl-timeout --est-url --est-ca --est-username --est-password --est-cert --est-key --est-key-passphrase --book-max-age --book-max-stale --inbox --forward-auth --forward-ca --limits-message --limits-quarantine --limits-file --limits-pending-files --limits-pending-bytes --limits-pending-for --files-resend-after --files-keep-for'

# Sets what may follow the command $1: its commands, its options without and with a value, where
# each operand comes from (@kind stands for a list to be fetched), and whether the last one repeats.
_msg_table() {
  commands='' flags='' valued='' operands=() repeats=''
  case $1 in
    'msg')
      commands='send request reply batch listen message outbox quarantine inbox receipt identity cert register rotate revoke peer registry account init profile demo sandbox completion help'
      ;;
    'msg send')
      flags='--queue --compress --ndjson --ndjson-items --dry-run'
      valued='--json -t --type --cid --reply-to --name --content-type --expires --id --receipt --wait --timeout'
      operands=('@peers' '@peers @files')
      repeats=1
      ;;
    'msg request')
      flags='--force --compress'
      valued='--json --timeout -o --out -t --type --cid --name --content-type --expires --id'
      operands=('@peers' '@files')
      ;;
    'msg reply')
      flags='--queue --compress --dry-run'
      valued='--from --json -t --type --name --content-type --expires --id --receipt --wait --timeout'
      operands=('@messages' '@files')
      ;;
    'msg batch')
      flags='--recursive --dry-run --json'
      valued='--to -t --type --expires --include --settle --move-to --lanes'
      operands=('')
      ;;
    'msg listen')
      flags='--reply --json --until-empty --flush-outbox --adopt'
      valued='-o --out --exec --exec-file --exec-timeout --forward-to --forward-timeout --reply-type --max-attempts --lanes -n --count --idle-timeout --from --status-interval'
      ;;
    'msg message')
      commands='list show export replay missing prune'
      ;;
    'msg message list')
      flags='--in --out --json'
      valued='--with --state --since --until --cid --limit'
      ;;
    'msg message show')
      flags='--sealed --json'
      operands=('@messages')
      ;;
    'msg message export')
      flags='--force --json'
      valued='--from -o --out'
      operands=('@messages')
      ;;
    'msg message replay')
      flags='--all --dry-run --json'
      valued='--from --since --until --type --cid --run -n --count -o --out --exec --exec-file --exec-timeout --forward-to --forward-timeout'
      operands=('@messages')
      repeats=1
      ;;
    'msg message missing')
      flags='--forget --all -y --yes --json'
      valued='--from --limit'
      operands=('@messages')
      repeats=1
      ;;
    'msg message prune')
      flags='--keep-ids --dry-run -y --yes --json'
      valued='--older-than --before'
      ;;
    'msg outbox')
      commands='list flush resend cancel'
      ;;
    'msg outbox list')
      flags='--json'
      ;;
    'msg outbox flush')
      flags='--json'
      operands=('@messages')
      repeats=1
      ;;
    'msg outbox resend')
      flags='--json'
      valued='--to'
      operands=('@messages')
      repeats=1
      ;;
    'msg outbox cancel')
      flags='--json'
      valued='--to'
      operands=('@messages')
      ;;
    'msg quarantine')
      commands='list show export retry drop'
      ;;
    'msg quarantine list')
      flags='--resolved --json'
      valued='--reason --from --since --until --limit --before'
      ;;
    'msg quarantine show')
      flags='--json'
      operands=('@refused')
      ;;
    'msg quarantine export')
      flags='--force --json'
      valued='-o --out'
      operands=('@refused')
      ;;
    'msg quarantine retry')
      flags='--all --json'
      valued='--reason --from --since --until'
      operands=('@refused')
      repeats=1
      ;;
    'msg quarantine drop')
      flags='--all -y --yes --json'
      valued='--reason --from --since --until'
      operands=('@refused')
      repeats=1
      ;;
    'msg inbox')
      commands='create grant revoke sync-grants lag status seek'
      ;;
    'msg inbox create')
      flags='--json'
      valued='--partitions --retention --replicas'
      ;;
    'msg inbox grant')
      flags='--owner'
      operands=('')
      ;;
    'msg inbox revoke')
      flags='--owner'
      operands=('')
      ;;
    'msg inbox sync-grants')
      flags='--all --dry-run -y --yes --json'
      ;;
    'msg inbox lag')
      flags='--json'
      valued='--max-lag --max-age'
      ;;
    'msg inbox status')
      flags='--json'
      ;;
    'msg inbox seek')
      flags='--dry-run -y --yes --json'
      valued='--partition'
      operands=('')
      ;;
    'msg receipt')
      commands='list show verify export'
      ;;
    'msg receipt list')
      flags='--in --out --json'
      valued='--with --says --since --until --limit'
      ;;
    'msg receipt show')
      flags='--json'
      operands=('@messages')
      ;;
    'msg receipt verify')
      flags='--json'
      valued='--with'
      operands=('@messages')
      ;;
    'msg receipt export')
      flags='--force --json'
      valued='-o --out --with --payload'
      operands=('@messages')
      ;;
    'msg identity')
      commands='create csr import show export use retire passphrase'
      ;;
    'msg identity create')
      flags='--no-passphrase --force --json'
      valued='--type --subject --dns --email --label --csr'
      ;;
    'msg identity csr')
      flags='--force'
      valued='--subject --dns --email -o --out'
      operands=('@keys')
      ;;
    'msg identity import')
      flags='--replace --json'
      valued='--label --passphrase'
      operands=('@files')
      repeats=1
      ;;
    'msg identity show')
      flags='--json'
      operands=('@keys')
      ;;
    'msg identity export')
      flags='--key --force'
      valued='--as --export-passphrase -o --out'
      operands=('@keys')
      ;;
    'msg identity use')
      operands=('@keys')
      ;;
    'msg identity retire')
      flags='--force'
      operands=('@keys')
      ;;
    'msg identity passphrase')
      valued='--new-passphrase'
      operands=('@keys')
      ;;
    'msg cert')
      commands='enroll renew cacerts needs-renewal inspect verify'
      ;;
    'msg cert enroll')
      flags='--now --again --json'
      valued='--type --subject --dns --email --label --fingerprint --wait'
      ;;
    'msg cert renew')
      flags='--rotate --reuse-key --now --again --json'
      valued='--expires-in --type --label --fingerprint --wait'
      ;;
    'msg cert cacerts')
      flags='--force --json'
      valued='-o --out --fingerprint'
      ;;
    'msg cert needs-renewal')
      flags='--json'
      valued='--label --expires-in --passphrase'
      operands=('@files')
      ;;
    'msg cert inspect')
      flags='--json'
      valued='--passphrase'
      operands=('@files')
      repeats=1
      ;;
    'msg cert verify')
      flags='--json'
      valued='--name --purpose --at --passphrase'
      operands=('@files')
      repeats=1
      ;;
    'msg register')
      flags='--dry-run --json'
      valued='--label --guardian'
      ;;
    'msg rotate')
      flags='--dry-run --json'
      valued='--label'
      ;;
    'msg revoke')
      flags='-y --yes --dry-run --json'
      valued='--reason --index'
      ;;
    'msg peer')
      commands='list show verify'
      ;;
    'msg peer list')
      flags='--refresh --json'
      ;;
    'msg peer show')
      flags='--refresh --json'
      operands=('@peers')
      ;;
    'msg peer verify')
      flags='--refresh --json'
      valued='--at'
      operands=('@peers')
      ;;
    'msg registry')
      commands='deploy info admit suspend lift remove operator guardian offer recover accept object grant revoke-role open-registration offer-admin accept-admin withdraw-admin admin-delay renounce-role freeze'
      ;;
    'msg registry deploy')
      flags='--open-registration --save --dry-run --json'
      valued='--admin --admin-delay --recovery-delay'
      ;;
    'msg registry info')
      flags='--json'
      ;;
    'msg registry admit')
      flags='--dry-run --json'
      valued='--owner --guardian'
      operands=('')
      ;;
    'msg registry suspend')
      flags='-y --yes --dry-run --json'
      operands=('@peers')
      ;;
    'msg registry lift')
      flags='-y --yes --dry-run --json'
      operands=('@peers')
      ;;
    'msg registry remove')
      flags='-y --yes --dry-run --json'
      operands=('@peers')
      ;;
    'msg registry operator')
      flags='--dry-run --json'
      operands=('' '')
      ;;
    'msg registry guardian')
      flags='--dry-run --json'
      operands=('' '')
      ;;
    'msg registry offer')
      flags='--dry-run --json'
      operands=('' '')
      ;;
    'msg registry recover')
      flags='-y --yes --dry-run --json'
      valued='--owner'
      operands=('')
      ;;
    'msg registry accept')
      flags='--dry-run --json'
      operands=('')
      ;;
    'msg registry object')
      flags='--dry-run --json'
      operands=('')
      ;;
    'msg registry grant')
      flags='--dry-run --json'
      operands=('registrar revoker' '')
      ;;
    'msg registry revoke-role')
      flags='--dry-run --json'
      operands=('registrar revoker' '')
      ;;
    'msg registry open-registration')
      flags='--dry-run --json'
      operands=('on off')
      ;;
    'msg registry offer-admin')
      flags='-y --yes --dry-run --json'
      operands=('')
      ;;
    'msg registry accept-admin')
      flags='--dry-run --json'
      ;;
    'msg registry withdraw-admin')
      flags='--dry-run --json'
      ;;
    'msg registry admin-delay')
      flags='--dry-run --json'
      operands=('')
      ;;
    'msg registry renounce-role')
      flags='-y --yes --dry-run --json'
      operands=('registrar revoker admin')
      ;;
    'msg registry freeze')
      flags='-y --yes --dry-run --json'
      valued='--successor'
      ;;
    'msg account')
      commands='create import passphrase show'
      ;;
    'msg account create')
      flags='--json'
      valued='-o --out'
      ;;
    'msg account import')
      flags='--json'
      valued='--private-key -o --out'
      ;;
    'msg account passphrase')
      valued='--new-passphrase'
      ;;
    'msg account show')
      flags='--json'
      ;;
    'msg init')
      flags='--force --json'
      ;;
    'msg profile')
      commands='list show validate use set unset remove'
      ;;
    'msg profile list')
      flags='--json'
      ;;
    'msg profile show')
      flags='--origin --json'
      operands=('@profiles')
      ;;
    'msg profile validate')
      flags='--json'
      operands=('@profiles')
      ;;
    'msg profile use')
      flags='--json'
      operands=('@profiles')
      ;;
    'msg profile set')
      flags='--json'
      operands=('peer transport transport.ca transport.cert transport.key transport.key-passphrase transport.sasl transport.username transport.password transport.principal transport.topic transport.give-up-after chain.url chain.id chain.ca chain.auth chain.confirmations chain.max-block-age chain.fees directory account account.passphrase keys key.passphrase trust.anchors trust.naming trust.peers trust.crls trust.revocation trust.crl-fetch trust.crl-max-age trust.crl-timeout est.url est.ca est.username est.password est.cert est.key est.key-passphrase book.max-age book.max-stale inbox forward.auth forward.ca limits.message limits.quarantine limits.file limits.pending-files limits.pending-bytes limits.pending-for files.resend-after files.keep-for' '@setting-values')
      ;;
    'msg profile unset')
      flags='--json'
      operands=('peer transport transport.ca transport.cert transport.key transport.key-passphrase transport.sasl transport.username transport.password transport.principal transport.topic transport.give-up-after chain.url chain.id chain.ca chain.auth chain.confirmations chain.max-block-age chain.fees directory account account.passphrase keys key.passphrase trust.anchors trust.naming trust.peers trust.crls trust.revocation trust.crl-fetch trust.crl-max-age trust.crl-timeout est.url est.ca est.username est.password est.cert est.key est.key-passphrase book.max-age book.max-stale inbox forward.auth forward.ca limits.message limits.quarantine limits.file limits.pending-files limits.pending-bytes limits.pending-for files.resend-after files.keep-for')
      ;;
    'msg profile remove')
      flags='-y --yes --json'
      operands=('@profiles')
      ;;
    'msg demo')
      flags='--kafka --secure --keep --json'
      ;;
    'msg sandbox')
      commands='up down status'
      ;;
    'msg sandbox up')
      flags='--kafka --secure --json'
      valued='--chain-port --broker-port'
      ;;
    'msg sandbox down')
      flags='--purge'
      ;;
    'msg sandbox status')
      flags='--json'
      ;;
    'msg completion')
      operands=('bash zsh fish')
      ;;
    'msg help')
      operands=('send request reply batch listen message outbox quarantine inbox receipt identity cert register rotate revoke peer registry account init profile demo sandbox completion settings environment exit-codes json handlers')
      repeats=1
      ;;
  esac
}

# Sets `source` to where the values of the option $2 of the command $1 come from.
_msg_source() {
  source=''
  case "$1 $2" in
    'msg account import -o' | 'msg account import --out') source='@files' ;;
    'msg account create -o' | 'msg account create --out') source='@files' ;;
    'msg revoke --reason') source='unspecified keyCompromise cACompromise affiliationChanged superseded cessationOfOperation privilegeWithdrawn aACompromise' ;;
    'msg rotate --label') source='@keys' ;;
    'msg register --label') source='@keys' ;;
    'msg cert verify --purpose') source='message tls-client tls-server any' ;;
    'msg cert verify --name') source='@peers' ;;
    'msg cert needs-renewal --label') source='@keys' ;;
    'msg cert cacerts -o' | 'msg cert cacerts --out') source='@files' ;;
    'msg cert renew --label') source='@keys' ;;
    'msg cert renew --type') source='p256 p384 rsa2048 rsa3072 rsa4096' ;;
    'msg cert enroll --label') source='@keys' ;;
    'msg cert enroll --type') source='p256 p384 rsa2048 rsa3072 rsa4096' ;;
    'msg identity export -o' | 'msg identity export --out') source='@files' ;;
    'msg identity export --as') source='pem der pkcs12' ;;
    'msg identity import --label') source='@keys' ;;
    'msg identity csr -o' | 'msg identity csr --out') source='@files' ;;
    'msg identity create --csr') source='@files' ;;
    'msg identity create --label') source='@keys' ;;
    'msg identity create --type') source='p256 p384 rsa2048 rsa3072 rsa4096' ;;
    'msg receipt export --payload') source='@files' ;;
    'msg receipt export --with') source='@peers' ;;
    'msg receipt export -o' | 'msg receipt export --out') source='@directories' ;;
    'msg receipt verify --with') source='@peers' ;;
    'msg receipt list --says') source='received processed rejected' ;;
    'msg receipt list --with') source='@peers' ;;
    'msg quarantine drop --from') source='@peers' ;;
    'msg quarantine drop --reason') source='too-large malformed content-type cipher key-management profile not-for-us undecryptable signers signer-certificate signature-algorithm signed-attributes signature content header header-mismatch manifest encoding receipt not-addressed unjudged unjudged-limit before-floor kind receipt-unknown receipt-mismatch receipt-peer from-the-future signer superseded sender-status sender-version sender-pin sender-path sender-name sender-proof id-conflict expired incomplete aborted damaged pending-limit payload-lost chunk-undecryptable chunk-encoding message-refused handler-failed reply-failed' ;;
    'msg quarantine retry --from') source='@peers' ;;
    'msg quarantine retry --reason') source='too-large malformed content-type cipher key-management profile not-for-us undecryptable signers signer-certificate signature-algorithm signed-attributes signature content header header-mismatch manifest encoding receipt not-addressed unjudged unjudged-limit before-floor kind receipt-unknown receipt-mismatch receipt-peer from-the-future signer superseded sender-status sender-version sender-pin sender-path sender-name sender-proof id-conflict expired incomplete aborted damaged pending-limit payload-lost chunk-undecryptable chunk-encoding message-refused handler-failed reply-failed' ;;
    'msg quarantine export -o' | 'msg quarantine export --out') source='@directories' ;;
    'msg quarantine list --from') source='@peers' ;;
    'msg quarantine list --reason') source='too-large malformed content-type cipher key-management profile not-for-us undecryptable signers signer-certificate signature-algorithm signed-attributes signature content header header-mismatch manifest encoding receipt not-addressed unjudged unjudged-limit before-floor kind receipt-unknown receipt-mismatch receipt-peer from-the-future signer superseded sender-status sender-version sender-pin sender-path sender-name sender-proof id-conflict expired incomplete aborted damaged pending-limit payload-lost chunk-undecryptable chunk-encoding message-refused handler-failed reply-failed' ;;
    'msg outbox cancel --to') source='@peers' ;;
    'msg outbox resend --to') source='@peers' ;;
    'msg message missing --from') source='@peers' ;;
    'msg message replay -o' | 'msg message replay --out') source='@directories' ;;
    'msg message replay --cid') source='@messages' ;;
    'msg message replay --type') source='@types' ;;
    'msg message replay --from') source='@peers' ;;
    'msg message export -o' | 'msg message export --out') source='@directories' ;;
    'msg message export --from') source='@peers' ;;
    'msg message list --cid') source='@messages' ;;
    'msg message list --state') source='received delivering awaited done quarantined queued publishing sent failed expired cancelled' ;;
    'msg message list --with') source='@peers' ;;
    'msg listen --reply-type') source='@types' ;;
    'msg listen -o' | 'msg listen --out') source='@directories' ;;
    'msg batch --move-to') source='@directories' ;;
    'msg batch -t' | 'msg batch --type') source='@types' ;;
    'msg batch --to') source='@peers' ;;
    'msg reply --wait') source='received processed' ;;
    'msg reply --receipt') source='received processed' ;;
    'msg reply --content-type') source='@types' ;;
    'msg reply -t' | 'msg reply --type') source='@types' ;;
    'msg reply --from') source='@peers' ;;
    'msg request --content-type') source='@types' ;;
    'msg request --cid') source='@messages' ;;
    'msg request -t' | 'msg request --type') source='@types' ;;
    'msg request -o' | 'msg request --out') source='@files' ;;
    'msg send --wait') source='received processed' ;;
    'msg send --receipt') source='received processed' ;;
    'msg send --content-type') source='@types' ;;
    'msg send --reply-to') source='@messages' ;;
    'msg send --cid') source='@messages' ;;
    'msg send -t' | 'msg send --type') source='@types' ;;
    *' --color') source='auto always never' ;;
    *' --format') source='text json' ;;
    *' -p' | *' --profile') source='@profiles' ;;
  esac
}

# Joins what bash took apart at COMP_WORDBREAKS, such as --flag=value and file:PATH, into `line`.
_msg_join() {
  local index word last=0
  line=("${COMP_WORDS[0]}")
  for ((index = 1; index <= COMP_CWORD; index++)); do
    word=${COMP_WORDS[index]}
    if ((index > 1)) && [[ $word =~ ^[=:]+$ || ${COMP_WORDS[index - 1]} =~ ^[=:]+$ ]]; then
      line[last]+=$word
    else
      line[++last]=$word
    fi
  done
}

# Offers a value: `typed` is what stands there of it, `current` the whole word, `raw` what bash replaces.
_msg_offer() {
  [[ $1 == "$typed"* ]] || return 0
  local whole=${current%"$typed"}$1
  COMPREPLY+=("${whole#"${current%"$raw"}"}")
}

_msg_values() {
  local token value
  for token in $1; do
    case $token in
      @files | @directories)
        compopt -o filenames 2>/dev/null
        while IFS= read -r value; do
          _msg_offer "$value"
        done < <(compgen "$([[ $token == @files ]] && echo -f || echo -d)" -- "$typed")
        ;;
      @*)
        while IFS=$'\t' read -r value _; do
          _msg_offer "$value"
        done < <(command msg complete "${token#@}" -- "${line[@]}" 2>/dev/null)
        ;;
      *) _msg_offer "$token" ;;
    esac
  done
  # Names that are typed in quotes are bash's own business.
  if [[ ${#COMPREPLY[@]} -eq 0 && $1 == *@files* ]]; then compopt -o default 2>/dev/null; fi
}

_msg() {
  local commands flags valued operands repeats source index word
  local path=msg option='' ended='' count=0
  local -a line
  COMPREPLY=()
  _msg_join
  _msg_table "$path"
  for ((index = 1; index < ${#line[@]} - 1; index++)); do
    word=${line[index]}
    if [[ -n $option ]]; then
      option=''
    elif [[ -n $ended ]]; then
      ((count += 1))
    elif [[ $word == -- ]]; then
      ended=1
    elif [[ $word == -?* ]]; then
      case " $valued $_msg_valued $_msg_hidden " in *" $word "*) option=$word ;; esac
      case " $flags " in *" $word "*) option='' ;; esac
    elif ((count == 0)) && [[ -n $commands && " $commands " == *" $word "* ]]; then
      path+=" $word"
      _msg_table "$path"
    else
      ((count += 1))
    fi
  done

  local current=${line[${#line[@]} - 1]} raw=${COMP_WORDS[COMP_CWORD]}
  [[ $raw =~ ^[=:]+$ ]] && raw=''
  local typed=$current
  if [[ -n $option ]]; then
    _msg_source "$path" "$option"
    _msg_values "$source"
  elif [[ -z $ended && $current == --*=* ]]; then
    typed=${current#*=}
    _msg_source "$path" "${current%%=*}"
    _msg_values "$source"
  elif [[ -z $ended && $current == -* ]]; then
    for word in $flags $valued $_msg_flags $_msg_valued; do _msg_offer "$word"; done
  elif [[ -n $commands ]]; then
    if ((count == 0)); then _msg_values "$commands"; fi
  else
    if [[ -n $repeats ]] && ((count >= ${#operands[@]})); then count=$((${#operands[@]} - 1)); fi
    _msg_values "${operands[count]-}"
  fi
  if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[:=] ]]; then
    compopt -o nospace 2>/dev/null
  fi
}

complete -F _msg msg
