# fish completion for msg. Made from the command tree by "npm run completions:write".

# The commands below a command.
function __msg_commands
    switch "$argv"
        case 'msg'
            string split ' ' -- 'send request reply batch listen message outbox quarantine inbox receipt identity cert register rotate revoke peer registry account init profile demo sandbox completion help'
        case 'msg message'
            string split ' ' -- 'list show export replay missing prune'
        case 'msg outbox'
            string split ' ' -- 'list flush resend cancel'
        case 'msg quarantine'
            string split ' ' -- 'list show export retry drop'
        case 'msg inbox'
            string split ' ' -- 'create grant revoke sync-grants lag status seek'
        case 'msg receipt'
            string split ' ' -- 'list show verify export'
        case 'msg identity'
            string split ' ' -- 'create csr import show export use retire passphrase'
        case 'msg cert'
            string split ' ' -- 'enroll renew cacerts needs-renewal inspect verify'
        case 'msg peer'
            string split ' ' -- 'list show verify'
        case 'msg registry'
            string split ' ' -- 'deploy info admit suspend lift remove operator guardian offer recover accept object grant revoke-role open-registration offer-admin accept-admin withdraw-admin admin-delay renounce-role freeze'
        case 'msg account'
            string split ' ' -- 'create import passphrase show'
        case 'msg profile'
            string split ' ' -- 'list show validate use set unset remove'
        case 'msg sandbox'
            string split ' ' -- 'up down status'
    end
end

# The options of a command that take a value, with those that every command has.
function __msg_valued
    switch "$argv"
        case 'msg send'
            string split ' ' -- '--json -t --type --cid --reply-to --name --content-type --expires --id --receipt --wait --timeout'
        case 'msg request'
            string split ' ' -- '--json --timeout -o --out -t --type --cid --name --content-type --expires --id'
        case 'msg reply'
            string split ' ' -- '--from --json -t --type --name --content-type --expires --id --receipt --wait --timeout'
        case 'msg batch'
            string split ' ' -- '--to -t --type --expires --include --settle --move-to --lanes'
        case 'msg listen'
            string split ' ' -- '-o --out --exec --exec-file --exec-timeout --forward-to --forward-timeout --reply-type --max-attempts --lanes -n --count --idle-timeout --from --status-interval'
        case 'msg message list'
            string split ' ' -- '--with --state --since --until --cid --limit'
        case 'msg message export'
            string split ' ' -- '--from -o --out'
        case 'msg message replay'
            string split ' ' -- '--from --since --until --type --cid --run -n --count -o --out --exec --exec-file --exec-timeout --forward-to --forward-timeout'
        case 'msg message missing'
            string split ' ' -- '--from --limit'
        case 'msg message prune'
            string split ' ' -- '--older-than --before'
        case 'msg outbox resend'
            string split ' ' -- '--to'
        case 'msg outbox cancel'
            string split ' ' -- '--to'
        case 'msg quarantine list'
            string split ' ' -- '--reason --from --since --until --limit --before'
        case 'msg quarantine export'
            string split ' ' -- '-o --out'
        case 'msg quarantine retry'
            string split ' ' -- '--reason --from --since --until'
        case 'msg quarantine drop'
            string split ' ' -- '--reason --from --since --until'
        case 'msg inbox create'
            string split ' ' -- '--partitions --retention --replicas'
        case 'msg inbox lag'
            string split ' ' -- '--max-lag --max-age'
        case 'msg inbox seek'
            string split ' ' -- '--partition'
        case 'msg receipt list'
            string split ' ' -- '--with --says --since --until --limit'
        case 'msg receipt verify'
            string split ' ' -- '--with'
        case 'msg receipt export'
            string split ' ' -- '-o --out --with --payload'
        case 'msg identity create'
            string split ' ' -- '--type --subject --dns --email --label --csr'
        case 'msg identity csr'
            string split ' ' -- '--subject --dns --email -o --out'
        case 'msg identity import'
            string split ' ' -- '--label --passphrase'
        case 'msg identity export'
            string split ' ' -- '--as --export-passphrase -o --out'
        case 'msg identity passphrase'
            string split ' ' -- '--new-passphrase'
        case 'msg cert enroll'
            string split ' ' -- '--type --subject --dns --email --label --fingerprint --wait'
        case 'msg cert renew'
            string split ' ' -- '--expires-in --type --label --fingerprint --wait'
        case 'msg cert cacerts'
            string split ' ' -- '-o --out --fingerprint'
        case 'msg cert needs-renewal'
            string split ' ' -- '--label --expires-in --passphrase'
        case 'msg cert inspect'
            string split ' ' -- '--passphrase'
        case 'msg cert verify'
            string split ' ' -- '--name --purpose --at --passphrase'
        case 'msg register'
            string split ' ' -- '--label --guardian'
        case 'msg rotate'
            string split ' ' -- '--label'
        case 'msg revoke'
            string split ' ' -- '--reason --index'
        case 'msg peer verify'
            string split ' ' -- '--at'
        case 'msg registry deploy'
            string split ' ' -- '--admin --admin-delay --recovery-delay'
        case 'msg registry admit'
            string split ' ' -- '--owner --guardian'
        case 'msg registry recover'
            string split ' ' -- '--owner'
        case 'msg registry freeze'
            string split ' ' -- '--successor'
        case 'msg account create'
            string split ' ' -- '-o --out'
        case 'msg account import'
            string split ' ' -- '--private-key -o --out'
        case 'msg account passphrase'
            string split ' ' -- '--new-passphrase'
        case 'msg sandbox up'
            string split ' ' -- '--chain-port --broker-port'
    end
    string split ' ' -- '-p --profile --format --color --peer --transport --transport-ca --transport-cert --transport-key --transport-key-passphrase --transport-sasl --transport-username --transport-password --transport-principal --transport-topic --transport-give-up-after --chain-url --chain-id --chain-ca --chain-auth --chain-confirmations --chain-max-block-age --chain-fees --directory --account --account-passphrase --keys --key-passphrase --trust-anchors --trust-naming --trust-peers --trust-crls --trust-revocation --trust-crl-fetch --trust-crl-max-age --trust-crl-timeout --est-url --est-ca --est-username --est-password --est-cert --est-key --est-key-passphrase --book-max-age --book-max-stale --inbox --forward-auth --forward-ca --limits-message --limits-quarantine --limits-file --limits-pending-files --limits-pending-bytes --limits-pending-for --files-resend-after --files-keep-for'
end

# Whether the cursor stands at the command $argv[1], and after exactly $argv[2] operands of it
# (at least as many, where a third argument is given).
function __msg_at
    set -l tokens (commandline -opc)
    set -l path msg
    set -l count 0
    set -l takes
    set -l ended
    for token in $tokens[2..-1]
        if test -n "$takes"
            set takes
        else if test -n "$ended"
            set count (math $count + 1)
        else if test "$token" = --
            set ended 1
        else if string match -q -- '-*' $token
            contains -- $token (__msg_valued $path); and set takes 1
        else if test $count -eq 0; and contains -- $token (__msg_commands $path)
            set path "$path $token"
        else
            set count (math $count + 1)
        end
    end
    test "$path" = "$argv[1]"; or return 1
    test (count $argv) -gt 1; or return 0
    test $count -eq $argv[2]; and return 0
    test (count $argv) -gt 2; and test $count -gt $argv[2]
end

# Lists what the program knows: values with what they are, from files on this machine alone.
function __msg_dynamic
    command msg complete $argv[1] -- (commandline -opc) (commandline -ct) 2>/dev/null
end

complete -c msg -e
complete -c msg -f
complete -c msg -s V -l version -d 'print the version'
complete -c msg -s p -l profile -d 'the profile to use (MSG_PROFILE)' -r -f -a '(__msg_dynamic profiles)'
complete -c msg -l format -d 'what stdout carries' -r -f -a 'text json'
complete -c msg -s q -l quiet -d 'print errors only'
complete -c msg -s v -l verbose -d 'print more; -vv adds stack traces'
complete -c msg -l color -d 'colour' -r -f -a 'auto always never'
complete -c msg -l no-input -d 'never ask a question'
complete -c msg -s h -l help -d 'show this help'
complete -c msg -n '__msg_at "msg" 0' -a 'send' -d 'seal a file, standard input or a JSON document, and send it'
complete -c msg -n '__msg_at "msg" 0' -a 'request' -d 'ask a peer, and print its reply'
complete -c msg -n '__msg_at "msg" 0' -a 'reply' -d 'answer a message that came in'
complete -c msg -n '__msg_at "msg" 0' -a 'batch' -d 'send what is new in a directory, or what a manifest lists'
complete -c msg -n '__msg_at "msg" 0' -a 'listen' -d 'receive one\'s own messages: verify, decrypt, deliver'
complete -c msg -n '__msg_at "msg" 0' -a 'message' -d 'what the ledger knows of messages'
complete -c msg -n '__msg_at "msg" 0' -a 'outbox' -d 'messages that were kept and not yet sent'
complete -c msg -n '__msg_at "msg" 0' -a 'quarantine' -d 'records that were refused for good'
complete -c msg -n '__msg_at "msg" 0' -a 'inbox' -d 'one\'s own inbox in the log'
complete -c msg -n '__msg_at "msg" 0' -a 'receipt' -d 'signed receipts and rejections, those that came and those that were given'
complete -c msg -n '__msg_at "msg" 0' -a 'identity' -d 'one\'s own keys and certificates'
complete -c msg -n '__msg_at "msg" 0' -a 'cert' -d 'get certificates, look at them, judge them'
complete -c msg -n '__msg_at "msg" 0' -a 'register' -d 'publish one\'s own certificate in the directory'
complete -c msg -n '__msg_at "msg" 0' -a 'rotate' -d 'replace one\'s own certificate in the directory by a newer one'
complete -c msg -n '__msg_at "msg" 0' -a 'revoke' -d 'revoke one\'s own certificate in the directory, for good'
complete -c msg -n '__msg_at "msg" 0' -a 'peer' -d 'the address book: who is in the directory'
complete -c msg -n '__msg_at "msg" 0' -a 'registry' -d 'the on-chain directory: deploy it, admit peers, give out roles'
complete -c msg -n '__msg_at "msg" 0' -a 'account' -d 'who signs transactions on the chain'
complete -c msg -n '__msg_at "msg" 0' -a 'init' -d 'set up a profile, question by question'
complete -c msg -n '__msg_at "msg" 0' -a 'profile' -d 'the profiles: one a consortium'
complete -c msg -n '__msg_at "msg" 0' -a 'demo' -d 'play the main job on this machine: chain, directory, certificates, sealed messages'
complete -c msg -n '__msg_at "msg" 0' -a 'sandbox' -d 'a network to try things with'
complete -c msg -n '__msg_at "msg" 0' -a 'completion' -d 'print the completion script of a shell'
complete -c msg -n '__msg_at "msg" 0' -a 'help' -d 'explain a command or a topic'
complete -c msg -n '__msg_at "msg send"' -l json -d 'send this JSON document' -x
complete -c msg -n '__msg_at "msg send"' -s t -l type -d 'what the message is, for the receiver to act upon' -r -f -a '(__msg_dynamic types)'
complete -c msg -n '__msg_at "msg send"' -l cid -d 'the correlation id that a reply will carry (default: the message id)' -r -f -a '(__msg_dynamic messages)'
complete -c msg -n '__msg_at "msg send"' -l reply-to -d 'the message that this one answers' -r -f -a '(__msg_dynamic messages)'
complete -c msg -n '__msg_at "msg send"' -l name -d 'the file name to give at the other side' -x
complete -c msg -n '__msg_at "msg send"' -l content-type -d 'the media type (default: by the file name)' -r -f -a '(__msg_dynamic types)'
complete -c msg -n '__msg_at "msg send"' -l expires -d 'do not deliver after this long, such as 1h or 2d' -x
complete -c msg -n '__msg_at "msg send"' -l id -d 'fix the message id: a repeated call then cannot send twice' -x
complete -c msg -n '__msg_at "msg send"' -l receipt -d 'ask for a signed receipt: received (default) or processed' -r -f -a 'received processed'
complete -c msg -n '__msg_at "msg send"' -l wait -d 'return when this receipt has come: received (default) or processed' -r -f -a 'received processed'
complete -c msg -n '__msg_at "msg send"' -l timeout -d 'how long to wait for it (default: 1m)' -x
complete -c msg -n '__msg_at "msg send"' -l queue -d 'keep the message for later when the broker cannot be reached'
complete -c msg -n '__msg_at "msg send"' -l compress -d 'pack the payload with gzip for the way'
complete -c msg -n '__msg_at "msg send"' -l ndjson -d 'send every line of JSON as a message of its own, many in one envelope'
complete -c msg -n '__msg_at "msg send"' -l ndjson-items -d 'likewise, with lines that say id, type, cid and name of their own'
complete -c msg -n '__msg_at "msg send"' -l dry-run -d 'check everything, send nothing'
complete -c msg -n '__msg_at "msg send" 0' -f -a '(__msg_dynamic peers)'
complete -c msg -n '__msg_at "msg send" 1 more' -f -a '(__msg_dynamic peers)'
complete -c msg -n '__msg_at "msg send" 1 more' -F
complete -c msg -n '__msg_at "msg request"' -l json -d 'send this JSON document' -x
complete -c msg -n '__msg_at "msg request"' -l timeout -d 'how long to wait for the reply (default: 1m)' -x
complete -c msg -n '__msg_at "msg request"' -s o -l out -d 'write what the reply holds to this file' -r -F
complete -c msg -n '__msg_at "msg request"' -l force -d 'replace the file'
complete -c msg -n '__msg_at "msg request"' -s t -l type -d 'what the question is, for the receiver to act upon' -r -f -a '(__msg_dynamic types)'
complete -c msg -n '__msg_at "msg request"' -l cid -d 'the correlation id that the reply carries (default: the message id)' -r -f -a '(__msg_dynamic messages)'
complete -c msg -n '__msg_at "msg request"' -l name -d 'the file name to give at the other side' -x
complete -c msg -n '__msg_at "msg request"' -l content-type -d 'the media type (default: by the file name)' -r -f -a '(__msg_dynamic types)'
complete -c msg -n '__msg_at "msg request"' -l expires -d 'do not deliver after this long, such as 1h or 2d' -x
complete -c msg -n '__msg_at "msg request"' -l id -d 'fix the message id: a repeated call asks once and waits on' -x
complete -c msg -n '__msg_at "msg request"' -l compress -d 'pack the question with gzip for the way'
complete -c msg -n '__msg_at "msg request" 0' -f -a '(__msg_dynamic peers)'
complete -c msg -n '__msg_at "msg request" 1' -F
complete -c msg -n '__msg_at "msg reply"' -l from -d 'whose message it is, where several have used the id' -r -f -a '(__msg_dynamic peers)'
complete -c msg -n '__msg_at "msg reply"' -l json -d 'send this JSON document' -x
complete -c msg -n '__msg_at "msg reply"' -s t -l type -d 'what the reply is, for the receiver to act upon' -r -f -a '(__msg_dynamic types)'
complete -c msg -n '__msg_at "msg reply"' -l name -d 'the file name to give at the other side' -x
complete -c msg -n '__msg_at "msg reply"' -l content-type -d 'the media type (default: by the file name)' -r -f -a '(__msg_dynamic types)'
complete -c msg -n '__msg_at "msg reply"' -l expires -d 'do not deliver after this long, such as 1h or 2d' -x
complete -c msg -n '__msg_at "msg reply"' -l id -d 'fix the id of the reply: a repeated call then cannot send twice' -x
complete -c msg -n '__msg_at "msg reply"' -l receipt -d 'ask for a signed receipt: received (default) or processed' -r -f -a 'received processed'
complete -c msg -n '__msg_at "msg reply"' -l wait -d 'return when this receipt has come: received (default) or processed' -r -f -a 'received processed'
complete -c msg -n '__msg_at "msg reply"' -l timeout -d 'how long to wait for it (default: 1m)' -x
complete -c msg -n '__msg_at "msg reply"' -l queue -d 'keep the reply for later when the broker cannot be reached'
complete -c msg -n '__msg_at "msg reply"' -l compress -d 'pack the reply with gzip for the way'
complete -c msg -n '__msg_at "msg reply"' -l dry-run -d 'check everything, send nothing'
complete -c msg -n '__msg_at "msg reply" 0' -f -a '(__msg_dynamic messages)'
complete -c msg -n '__msg_at "msg reply" 1' -F
complete -c msg -n '__msg_at "msg batch"' -l to -d 'the recipients, for a directory and where the manifest names none' -r -f -a '(__msg_dynamic peers)'
complete -c msg -n '__msg_at "msg batch"' -s t -l type -d 'what the messages are, for the receiver to act upon' -r -f -a '(__msg_dynamic types)'
complete -c msg -n '__msg_at "msg batch"' -l expires -d 'do not deliver after this long, such as 1h or 2d' -x
complete -c msg -n '__msg_at "msg batch"' -l include -d 'only files whose name matches, such as "*.pdf"' -x
complete -c msg -n '__msg_at "msg batch"' -l recursive -d 'also the files in directories below'
complete -c msg -n '__msg_at "msg batch"' -l settle -d 'leave alone what changed within this time (default: 0s)' -x
complete -c msg -n '__msg_at "msg batch"' -l move-to -d 'move each file there once it has been sent' -r -f -a '(__fish_complete_directories)'
complete -c msg -n '__msg_at "msg batch"' -l lanes -d 'how many groups of recipients are served at once (default: 4)' -x
complete -c msg -n '__msg_at "msg batch"' -l dry-run -d 'say what would be sent'
complete -c msg -n '__msg_at "msg batch"' -l json -d 'one JSON object a line for every file'
complete -c msg -n '__msg_at "msg listen"' -s o -l out -d 'write each payload to a file in this directory; "-" is standard output, payloads only' -r -f -a '(__fish_complete_directories)'
complete -c msg -n '__msg_at "msg listen"' -l exec -d 'run this for each message: the payload on standard input, all else in MSG_* variables; exit 0 is done, 75 again later, any other goes to quarantine' -x
complete -c msg -n '__msg_at "msg listen"' -l exec-file -d 'like --exec, with the payload in the file $MSG_FILE' -x
complete -c msg -n '__msg_at "msg listen"' -l exec-timeout -d 'end a command that takes longer, and try again later' -x
complete -c msg -n '__msg_at "msg listen"' -l forward-to -d 'post each message to this server: 2xx is done, 5xx again later, other 4xx go to quarantine' -x
complete -c msg -n '__msg_at "msg listen"' -l forward-timeout -d 'for how long the server may be silent (default: 60s)' -x
complete -c msg -n '__msg_at "msg listen"' -l reply -d 'send what the command prints, or the server answers, to the sender'
complete -c msg -n '__msg_at "msg listen"' -l reply-type -d 'what such a reply is, for the receiver to act upon' -r -f -a '(__msg_dynamic types)'
complete -c msg -n '__msg_at "msg listen"' -l max-attempts -d 'put a message that fails for now into quarantine at this attempt (default: never)' -x
complete -c msg -n '__msg_at "msg listen"' -l lanes -d 'how many senders are served at the same time (default: 4; 1 for standard output)' -x
complete -c msg -n '__msg_at "msg listen"' -l json -d 'one JSON object a line'
complete -c msg -n '__msg_at "msg listen"' -s n -l count -d 'end after so many messages' -x
complete -c msg -n '__msg_at "msg listen"' -l until-empty -d 'end when everything that is there has been delivered'
complete -c msg -n '__msg_at "msg listen"' -l idle-timeout -d 'end when nothing came for this long' -x
complete -c msg -n '__msg_at "msg listen"' -l from -d 'look back: earliest, latest, an offset, @time or @-duration; the position stays' -x
complete -c msg -n '__msg_at "msg listen"' -l flush-outbox -d 'also send what waits in the outbox, as msg outbox flush does'
complete -c msg -n '__msg_at "msg listen"' -l status-interval -d 'say so often how things stand, as SIGUSR1 does' -x
complete -c msg -n '__msg_at "msg listen"' -l adopt -d 'take over an inbox that another ledger has read'
complete -c msg -n '__msg_at "msg message" 0' -a 'list' -d 'list sent and received messages, the newest last'
complete -c msg -n '__msg_at "msg message" 0' -a 'show' -d 'show everything about a message'
complete -c msg -n '__msg_at "msg message" 0' -a 'export' -d 'write a message as files that OpenSSL and others read, in the current directory'
complete -c msg -n '__msg_at "msg message" 0' -a 'replay' -d 'deliver received messages again'
complete -c msg -n '__msg_at "msg message" 0' -a 'missing' -d 'list messages that were sent to you and have not come'
complete -c msg -n '__msg_at "msg message" 0' -a 'prune' -d 'forget messages that are over'
complete -c msg -n '__msg_at "msg message list"' -l with -d 'from or to this peer' -r -f -a '(__msg_dynamic peers)'
complete -c msg -n '__msg_at "msg message list"' -l in -d 'received ones only'
complete -c msg -n '__msg_at "msg message list"' -l out -d 'sent ones only'
complete -c msg -n '__msg_at "msg message list"' -l state -d 'received, delivering, awaited, done, quarantined, queued, publishing, sent, failed, expired or cancelled' -r -f -a 'received delivering awaited done quarantined queued publishing sent failed expired cancelled'
complete -c msg -n '__msg_at "msg message list"' -l since -d 'from this time on: an ISO time, or how long ago, such as 2h' -x
complete -c msg -n '__msg_at "msg message list"' -l until -d 'before this time' -x
complete -c msg -n '__msg_at "msg message list"' -l cid -d 'with this correlation id' -r -f -a '(__msg_dynamic messages)'
complete -c msg -n '__msg_at "msg message list"' -l limit -d 'the newest n only (default: 100)' -x
complete -c msg -n '__msg_at "msg message list"' -l json -d 'one JSON object a line'
complete -c msg -n '__msg_at "msg message show"' -l sealed -d 'write the sealed bytes instead: CMS that OpenSSL opens'
complete -c msg -n '__msg_at "msg message show"' -l json -d 'one JSON object a line'
complete -c msg -n '__msg_at "msg message show" 0' -f -a '(__msg_dynamic messages)'
complete -c msg -n '__msg_at "msg message export"' -l from -d 'of this sender, where several have used the id' -r -f -a '(__msg_dynamic peers)'
complete -c msg -n '__msg_at "msg message export"' -s o -l out -d 'in this directory instead' -r -f -a '(__fish_complete_directories)'
complete -c msg -n '__msg_at "msg message export"' -l force -d 'replace files that are there'
complete -c msg -n '__msg_at "msg message export"' -l json -d 'the paths as one JSON object'
complete -c msg -n '__msg_at "msg message export" 0' -f -a '(__msg_dynamic messages)'
complete -c msg -n '__msg_at "msg message replay"' -l from -d 'from this peer' -r -f -a '(__msg_dynamic peers)'
complete -c msg -n '__msg_at "msg message replay"' -l since -d 'received from this time on: an ISO time, or how long ago, such as 2h' -x
complete -c msg -n '__msg_at "msg message replay"' -l until -d 'received before this time' -x
complete -c msg -n '__msg_at "msg message replay"' -l type -d 'of this type' -r -f -a '(__msg_dynamic types)'
complete -c msg -n '__msg_at "msg message replay"' -l cid -d 'with this correlation id' -r -f -a '(__msg_dynamic messages)'
complete -c msg -n '__msg_at "msg message replay"' -l all -d 'everything that was ever delivered'
complete -c msg -n '__msg_at "msg message replay"' -l run -d 'remember under this name what was delivered: run again, it delivers only what is missing' -x
complete -c msg -n '__msg_at "msg message replay"' -s n -l count -d 'end after so many messages' -x
complete -c msg -n '__msg_at "msg message replay"' -l dry-run -d 'only say what would be delivered'
complete -c msg -n '__msg_at "msg message replay"' -s o -l out -d 'write each payload to a file in this directory; "-" is standard output, payloads only' -r -f -a '(__fish_complete_directories)'
complete -c msg -n '__msg_at "msg message replay"' -l exec -d 'run this for each message, as msg listen does; MSG_REPLAY is 1' -x
complete -c msg -n '__msg_at "msg message replay"' -l exec-file -d 'like --exec, with the payload in the file $MSG_FILE' -x
complete -c msg -n '__msg_at "msg message replay"' -l exec-timeout -d 'end a command that takes longer' -x
complete -c msg -n '__msg_at "msg message replay"' -l forward-to -d 'post each message to this server' -x
complete -c msg -n '__msg_at "msg message replay"' -l forward-timeout -d 'for how long the server may be silent (default: 60s)' -x
complete -c msg -n '__msg_at "msg message replay"' -l json -d 'one JSON object a line'
complete -c msg -n '__msg_at "msg message replay" 0 more' -f -a '(__msg_dynamic messages)'
complete -c msg -n '__msg_at "msg message missing"' -l from -d 'from this peer' -r -f -a '(__msg_dynamic peers)'
complete -c msg -n '__msg_at "msg message missing"' -l limit -d 'the first n only (default: 100)' -x
complete -c msg -n '__msg_at "msg message missing"' -l forget -d 'miss these no longer'
complete -c msg -n '__msg_at "msg message missing"' -l all -d 'with --forget: everything that is missing'
complete -c msg -n '__msg_at "msg message missing"' -s y -l yes -d 'do not ask'
complete -c msg -n '__msg_at "msg message missing"' -l json -d 'one JSON object a line'
complete -c msg -n '__msg_at "msg message missing" 0 more' -f -a '(__msg_dynamic messages)'
complete -c msg -n '__msg_at "msg message prune"' -l older-than -d 'what was over this long ago, such as 90d' -x
complete -c msg -n '__msg_at "msg message prune"' -l before -d 'what was over before this time' -x
complete -c msg -n '__msg_at "msg message prune"' -l keep-ids -d 'let only the sealed bytes go; every id stays known, no broker is asked'
complete -c msg -n '__msg_at "msg message prune"' -l dry-run -d 'only say what would be forgotten'
complete -c msg -n '__msg_at "msg message prune"' -s y -l yes -d 'do not ask'
complete -c msg -n '__msg_at "msg message prune"' -l json -d 'one JSON object'
complete -c msg -n '__msg_at "msg outbox" 0' -a 'list' -d 'list what waits in the outbox'
complete -c msg -n '__msg_at "msg outbox" 0' -a 'flush' -d 'send what waits in the outbox now, under the same ids'
complete -c msg -n '__msg_at "msg outbox" 0' -a 'resend' -d 'publish what was sent once more, the same bytes under the same id'
complete -c msg -n '__msg_at "msg outbox" 0' -a 'cancel' -d 'take a message back, as long as certainly nothing of it has left'
complete -c msg -n '__msg_at "msg outbox list"' -l json -d 'one JSON object a line'
complete -c msg -n '__msg_at "msg outbox flush"' -l json -d 'one JSON object a line'
complete -c msg -n '__msg_at "msg outbox flush" 0 more' -f -a '(__msg_dynamic messages)'
complete -c msg -n '__msg_at "msg outbox resend"' -l to -d 'for these recipients only' -r -f -a '(__msg_dynamic peers)'
complete -c msg -n '__msg_at "msg outbox resend"' -l json -d 'one JSON object a line'
complete -c msg -n '__msg_at "msg outbox resend" 0 more' -f -a '(__msg_dynamic messages)'
complete -c msg -n '__msg_at "msg outbox cancel"' -l to -d 'for these recipients only' -r -f -a '(__msg_dynamic peers)'
complete -c msg -n '__msg_at "msg outbox cancel"' -l json -d 'one JSON object a line'
complete -c msg -n '__msg_at "msg outbox cancel" 0' -f -a '(__msg_dynamic messages)'
complete -c msg -n '__msg_at "msg quarantine" 0' -a 'list' -d 'list what was refused, and why, the newest last'
complete -c msg -n '__msg_at "msg quarantine" 0' -a 'show' -d 'show everything about a refused record, and what to do next'
complete -c msg -n '__msg_at "msg quarantine" 0' -a 'export' -d 'write a refused record out as it came'
complete -c msg -n '__msg_at "msg quarantine" 0' -a 'retry' -d 'judge records again, now that the cause is mended, and deliver what passes'
complete -c msg -n '__msg_at "msg quarantine" 0' -a 'drop' -d 'put records away for good; their messages stay known and do not come again'
complete -c msg -n '__msg_at "msg quarantine list"' -l reason -d 'refused for this reason' -r -f -a 'too-large malformed content-type cipher key-management profile not-for-us undecryptable signers signer-certificate signature-algorithm signed-attributes signature content header header-mismatch manifest encoding receipt not-addressed unjudged unjudged-limit before-floor kind receipt-unknown receipt-mismatch receipt-peer from-the-future signer superseded sender-status sender-version sender-pin sender-path sender-name sender-proof id-conflict expired incomplete aborted damaged pending-limit payload-lost chunk-undecryptable chunk-encoding message-refused handler-failed reply-failed'
complete -c msg -n '__msg_at "msg quarantine list"' -l from -d 'that name this sender, proven or not' -r -f -a '(__msg_dynamic peers)'
complete -c msg -n '__msg_at "msg quarantine list"' -l since -d 'from this time on: an ISO time, or how long ago' -x
complete -c msg -n '__msg_at "msg quarantine list"' -l until -d 'before this time' -x
complete -c msg -n '__msg_at "msg quarantine list"' -l resolved -d 'also what was retried or dropped'
complete -c msg -n '__msg_at "msg quarantine list"' -l limit -d 'the newest n only (default: 100)' -x
complete -c msg -n '__msg_at "msg quarantine list"' -l before -d 'older than this record: the page before' -x
complete -c msg -n '__msg_at "msg quarantine list"' -l json -d 'one JSON object a line'
complete -c msg -n '__msg_at "msg quarantine show"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg quarantine show" 0' -f -a '(__msg_dynamic refused)'
complete -c msg -n '__msg_at "msg quarantine export"' -s o -l out -d 'write it and a description into this directory' -r -f -a '(__fish_complete_directories)'
complete -c msg -n '__msg_at "msg quarantine export"' -l force -d 'replace files that are there'
complete -c msg -n '__msg_at "msg quarantine export"' -l json -d 'the paths as a JSON object'
complete -c msg -n '__msg_at "msg quarantine export" 0' -f -a '(__msg_dynamic refused)'
complete -c msg -n '__msg_at "msg quarantine retry"' -l reason -d 'refused for this reason' -r -f -a 'too-large malformed content-type cipher key-management profile not-for-us undecryptable signers signer-certificate signature-algorithm signed-attributes signature content header header-mismatch manifest encoding receipt not-addressed unjudged unjudged-limit before-floor kind receipt-unknown receipt-mismatch receipt-peer from-the-future signer superseded sender-status sender-version sender-pin sender-path sender-name sender-proof id-conflict expired incomplete aborted damaged pending-limit payload-lost chunk-undecryptable chunk-encoding message-refused handler-failed reply-failed'
complete -c msg -n '__msg_at "msg quarantine retry"' -l from -d 'that name this sender, proven or not' -r -f -a '(__msg_dynamic peers)'
complete -c msg -n '__msg_at "msg quarantine retry"' -l since -d 'from this time on: an ISO time, or how long ago' -x
complete -c msg -n '__msg_at "msg quarantine retry"' -l until -d 'before this time' -x
complete -c msg -n '__msg_at "msg quarantine retry"' -l all -d 'everything in quarantine'
complete -c msg -n '__msg_at "msg quarantine retry"' -l json -d 'one JSON object a line'
complete -c msg -n '__msg_at "msg quarantine retry" 0 more' -f -a '(__msg_dynamic refused)'
complete -c msg -n '__msg_at "msg quarantine drop"' -l reason -d 'refused for this reason' -r -f -a 'too-large malformed content-type cipher key-management profile not-for-us undecryptable signers signer-certificate signature-algorithm signed-attributes signature content header header-mismatch manifest encoding receipt not-addressed unjudged unjudged-limit before-floor kind receipt-unknown receipt-mismatch receipt-peer from-the-future signer superseded sender-status sender-version sender-pin sender-path sender-name sender-proof id-conflict expired incomplete aborted damaged pending-limit payload-lost chunk-undecryptable chunk-encoding message-refused handler-failed reply-failed'
complete -c msg -n '__msg_at "msg quarantine drop"' -l from -d 'that name this sender, proven or not' -r -f -a '(__msg_dynamic peers)'
complete -c msg -n '__msg_at "msg quarantine drop"' -l since -d 'from this time on: an ISO time, or how long ago' -x
complete -c msg -n '__msg_at "msg quarantine drop"' -l until -d 'before this time' -x
complete -c msg -n '__msg_at "msg quarantine drop"' -l all -d 'everything in quarantine'
complete -c msg -n '__msg_at "msg quarantine drop"' -s y -l yes -d 'do not ask'
complete -c msg -n '__msg_at "msg quarantine drop"' -l json -d 'one JSON object a line'
complete -c msg -n '__msg_at "msg quarantine drop" 0 more' -f -a '(__msg_dynamic refused)'
complete -c msg -n '__msg_at "msg inbox" 0' -a 'create' -d 'create the inbox topic'
complete -c msg -n '__msg_at "msg inbox" 0' -a 'grant' -d 'let a principal write to the inbox, with the rights of an administrator of the brokers'
complete -c msg -n '__msg_at "msg inbox" 0' -a 'revoke' -d 'take the right to write to the inbox, or to read it, away from a principal'
complete -c msg -n '__msg_at "msg inbox" 0' -a 'sync-grants' -d 'make the brokers\' access rules follow the directory'
complete -c msg -n '__msg_at "msg inbox" 0' -a 'lag' -d 'show how far the inbox has been read'
complete -c msg -n '__msg_at "msg inbox" 0' -a 'status' -d 'show what came in, what waits and why, and what is refused'
complete -c msg -n '__msg_at "msg inbox" 0' -a 'seek' -d 'move the position in the inbox'
complete -c msg -n '__msg_at "msg inbox create"' -l partitions -d 'how many partitions (default: 1)' -x
complete -c msg -n '__msg_at "msg inbox create"' -l retention -d 'how long records are kept (default: 14d)' -x
complete -c msg -n '__msg_at "msg inbox create"' -l replicas -d 'how many brokers keep each record (default: the brokers\' own)' -x
complete -c msg -n '__msg_at "msg inbox create"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg inbox grant"' -l owner -d 'the right to read the inbox instead'
complete -c msg -n '__msg_at "msg inbox revoke"' -l owner -d 'the right to read the inbox instead'
complete -c msg -n '__msg_at "msg inbox sync-grants"' -l all -d 'every peer\'s inbox, its owner\'s right to read it included'
complete -c msg -n '__msg_at "msg inbox sync-grants"' -l dry-run -d 'show the difference, change nothing'
complete -c msg -n '__msg_at "msg inbox sync-grants"' -s y -l yes -d 'do not ask'
complete -c msg -n '__msg_at "msg inbox sync-grants"' -l json -d 'one JSON object a line'
complete -c msg -n '__msg_at "msg inbox lag"' -l max-lag -d 'end with 1 when more records than this are unread' -x
complete -c msg -n '__msg_at "msg inbox lag"' -l max-age -d 'end with 1 when a record has been unread for longer' -x
complete -c msg -n '__msg_at "msg inbox lag"' -l json -d 'one JSON object a line'
complete -c msg -n '__msg_at "msg inbox status"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg inbox seek"' -l partition -d 'only in this partition' -x
complete -c msg -n '__msg_at "msg inbox seek"' -l dry-run -d 'show what it would come to, move nothing'
complete -c msg -n '__msg_at "msg inbox seek"' -s y -l yes -d 'do not ask'
complete -c msg -n '__msg_at "msg inbox seek"' -l json -d 'one JSON object a line'
complete -c msg -n '__msg_at "msg receipt" 0' -a 'list' -d 'list receipts, the newest last'
complete -c msg -n '__msg_at "msg receipt" 0' -a 'show' -d 'show everything about the receipts of a message'
complete -c msg -n '__msg_at "msg receipt" 0' -a 'verify' -d 'verify the receipts that came for a message again, from nothing but what was kept with them'
complete -c msg -n '__msg_at "msg receipt" 0' -a 'export' -d 'write receipts out, with all that OpenSSL needs to verify them'
complete -c msg -n '__msg_at "msg receipt list"' -l with -d 'from or to this peer' -r -f -a '(__msg_dynamic peers)'
complete -c msg -n '__msg_at "msg receipt list"' -l says -d 'received, processed or rejected' -r -f -a 'received processed rejected'
complete -c msg -n '__msg_at "msg receipt list"' -l in -d 'those that came only'
complete -c msg -n '__msg_at "msg receipt list"' -l out -d 'those that were given only'
complete -c msg -n '__msg_at "msg receipt list"' -l since -d 'from this time on: an ISO time, or how long ago, such as 2h' -x
complete -c msg -n '__msg_at "msg receipt list"' -l until -d 'before this time' -x
complete -c msg -n '__msg_at "msg receipt list"' -l limit -d 'the newest n only (default: 100)' -x
complete -c msg -n '__msg_at "msg receipt list"' -l json -d 'one JSON object a line'
complete -c msg -n '__msg_at "msg receipt show"' -l json -d 'one JSON object a line'
complete -c msg -n '__msg_at "msg receipt show" 0' -f -a '(__msg_dynamic messages)'
complete -c msg -n '__msg_at "msg receipt verify"' -l with -d 'of this recipient only' -r -f -a '(__msg_dynamic peers)'
complete -c msg -n '__msg_at "msg receipt verify"' -l json -d 'one JSON object a line'
complete -c msg -n '__msg_at "msg receipt verify" 0' -f -a '(__msg_dynamic messages)'
complete -c msg -n '__msg_at "msg receipt export"' -s o -l out -d 'the directory for the files' -r -f -a '(__fish_complete_directories)'
complete -c msg -n '__msg_at "msg receipt export"' -l with -d 'of this recipient only' -r -f -a '(__msg_dynamic peers)'
complete -c msg -n '__msg_at "msg receipt export"' -l payload -d 'what was sent, to be in the files as well' -r -F
complete -c msg -n '__msg_at "msg receipt export"' -l force -d 'replace files that are there'
complete -c msg -n '__msg_at "msg receipt export"' -l json -d 'one JSON object'
complete -c msg -n '__msg_at "msg receipt export" 0' -f -a '(__msg_dynamic messages)'
complete -c msg -n '__msg_at "msg identity" 0' -a 'create' -d 'make a key, and the request for its certificate'
complete -c msg -n '__msg_at "msg identity" 0' -a 'csr' -d 'print the certificate request of a key, or with names make another one'
complete -c msg -n '__msg_at "msg identity" 0' -a 'import' -d 'take in a certificate, a private key or both'
complete -c msg -n '__msg_at "msg identity" 0' -a 'show' -d 'list the keys, or show one with its certificate'
complete -c msg -n '__msg_at "msg identity" 0' -a 'export' -d 'give out a certificate and its issuers; the private key only with --key'
complete -c msg -n '__msg_at "msg identity" 0' -a 'use' -d 'choose the key that signs'
complete -c msg -n '__msg_at "msg identity" 0' -a 'retire' -d 'let a key open messages only'
complete -c msg -n '__msg_at "msg identity" 0' -a 'passphrase' -d 'change the passphrase of the keys'
complete -c msg -n '__msg_at "msg identity create"' -l type -d 'the kind of key (default: p256)' -r -f -a 'p256 p384 rsa2048 rsa3072 rsa4096'
complete -c msg -n '__msg_at "msg identity create"' -l subject -d 'the subject, as RFC 4514 writes it (default: CN=PEER)' -x
complete -c msg -n '__msg_at "msg identity create"' -l dns -d 'a DNS name to be certified, too' -x
complete -c msg -n '__msg_at "msg identity create"' -l email -d 'a mail address to be certified, too' -x
complete -c msg -n '__msg_at "msg identity create"' -l label -d 'the key\'s name in the store (default: by its fingerprint)' -r -f -a '(__msg_dynamic keys)'
complete -c msg -n '__msg_at "msg identity create"' -l no-passphrase -d 'keep the key without a passphrase'
complete -c msg -n '__msg_at "msg identity create"' -l csr -d 'write the request to this file, too; "-" is standard output' -r -F
complete -c msg -n '__msg_at "msg identity create"' -l force -d 'replace the file if it is there'
complete -c msg -n '__msg_at "msg identity create"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg identity csr"' -l subject -d 'ask for this subject instead' -x
complete -c msg -n '__msg_at "msg identity csr"' -l dns -d 'a DNS name to be certified, too' -x
complete -c msg -n '__msg_at "msg identity csr"' -l email -d 'a mail address to be certified, too' -x
complete -c msg -n '__msg_at "msg identity csr"' -s o -l out -d 'write it to this file' -r -F
complete -c msg -n '__msg_at "msg identity csr"' -l force -d 'replace the file if it is there'
complete -c msg -n '__msg_at "msg identity csr" 0' -f -a '(__msg_dynamic keys)'
complete -c msg -n '__msg_at "msg identity import"' -l label -d 'the key\'s name in the store' -r -f -a '(__msg_dynamic keys)'
complete -c msg -n '__msg_at "msg identity import"' -l passphrase -d 'where the passphrase of the files is, or none' -x
complete -c msg -n '__msg_at "msg identity import"' -l replace -d 'put the certificate in the place of one that was never published'
complete -c msg -n '__msg_at "msg identity import"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg identity import" 0 more' -F
complete -c msg -n '__msg_at "msg identity show"' -l json -d 'one JSON object a key'
complete -c msg -n '__msg_at "msg identity show" 0' -f -a '(__msg_dynamic keys)'
complete -c msg -n '__msg_at "msg identity export"' -l as -d 'what to write (default: pem)' -r -f -a 'pem der pkcs12'
complete -c msg -n '__msg_at "msg identity export"' -l key -d 'the private key, too, encrypted'
complete -c msg -n '__msg_at "msg identity export"' -l export-passphrase -d 'where the passphrase is that protects what is exported' -x
complete -c msg -n '__msg_at "msg identity export"' -s o -l out -d 'write it to this file; "-" is standard output' -r -F
complete -c msg -n '__msg_at "msg identity export"' -l force -d 'replace the file if it is there'
complete -c msg -n '__msg_at "msg identity export" 0' -f -a '(__msg_dynamic keys)'
complete -c msg -n '__msg_at "msg identity use" 0' -f -a '(__msg_dynamic keys)'
complete -c msg -n '__msg_at "msg identity retire"' -l force -d 'also while it signs, or others may still seal to it'
complete -c msg -n '__msg_at "msg identity retire" 0' -f -a '(__msg_dynamic keys)'
complete -c msg -n '__msg_at "msg identity passphrase"' -l new-passphrase -d 'where the new passphrase is, or none' -x
complete -c msg -n '__msg_at "msg identity passphrase" 0' -f -a '(__msg_dynamic keys)'
complete -c msg -n '__msg_at "msg cert" 0' -a 'enroll' -d 'have a new key certified by the authority (EST, RFC 7030)'
complete -c msg -n '__msg_at "msg cert" 0' -a 'renew' -d 'have a new key certified in place of the one that signs (EST, RFC 7030)'
complete -c msg -n '__msg_at "msg cert" 0' -a 'cacerts' -d 'fetch the authority\'s own certificates from its EST server, PEM'
complete -c msg -n '__msg_at "msg cert" 0' -a 'needs-renewal' -d 'say by the exit code whether it is time to renew'
complete -c msg -n '__msg_at "msg cert" 0' -a 'inspect' -d 'show the certificates in PEM, DER, PKCS#12 and PKCS#7 files'
complete -c msg -n '__msg_at "msg cert" 0' -a 'verify' -d 'judge a certificate by the trust settings; exit code 3 when it fails'
complete -c msg -n '__msg_at "msg cert enroll"' -l type -d 'the kind of key (default: what the authority wants, or p256)' -r -f -a 'p256 p384 rsa2048 rsa3072 rsa4096'
complete -c msg -n '__msg_at "msg cert enroll"' -l subject -d 'the subject, as RFC 4514 writes it (default: CN=PEER)' -x
complete -c msg -n '__msg_at "msg cert enroll"' -l dns -d 'a DNS name to be certified, too' -x
complete -c msg -n '__msg_at "msg cert enroll"' -l email -d 'a mail address to be certified, too' -x
complete -c msg -n '__msg_at "msg cert enroll"' -l label -d 'the key\'s name in the store (default: by its fingerprint)' -r -f -a '(__msg_dynamic keys)'
complete -c msg -n '__msg_at "msg cert enroll"' -l fingerprint -d 'the authority that is expected, where est.ca names none yet' -x
complete -c msg -n '__msg_at "msg cert enroll"' -l wait -d 'wait so long for somebody to approve it (default: not at all)' -x
complete -c msg -n '__msg_at "msg cert enroll"' -l now -d 'ask although the server wanted to be asked later'
complete -c msg -n '__msg_at "msg cert enroll"' -l again -d 'begin anew, whatever is there or waited for'
complete -c msg -n '__msg_at "msg cert enroll"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg cert renew"' -l expires-in -d 'only when it is time: so long before the end (30d), or when so much of the time is over (75%)' -x
complete -c msg -n '__msg_at "msg cert renew"' -l rotate -d 'publish the new certificate on the chain at once; it signs from then on'
complete -c msg -n '__msg_at "msg cert renew"' -l reuse-key -d 'have the same key certified once more'
complete -c msg -n '__msg_at "msg cert renew"' -l type -d 'the kind of key (default: what the authority wants, or as before)' -r -f -a 'p256 p384 rsa2048 rsa3072 rsa4096'
complete -c msg -n '__msg_at "msg cert renew"' -l label -d 'the new key\'s name in the store (default: by its fingerprint)' -r -f -a '(__msg_dynamic keys)'
complete -c msg -n '__msg_at "msg cert renew"' -l fingerprint -d 'the authority that is expected, where est.ca names none yet' -x
complete -c msg -n '__msg_at "msg cert renew"' -l wait -d 'wait so long for somebody to approve it (default: not at all)' -x
complete -c msg -n '__msg_at "msg cert renew"' -l now -d 'ask although the server wanted to be asked later'
complete -c msg -n '__msg_at "msg cert renew"' -l again -d 'begin anew, whatever is there or waited for'
complete -c msg -n '__msg_at "msg cert renew"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg cert cacerts"' -s o -l out -d 'write them to this file' -r -F
complete -c msg -n '__msg_at "msg cert cacerts"' -l force -d 'replace the file if it is there'
complete -c msg -n '__msg_at "msg cert cacerts"' -l fingerprint -d 'the authority that is expected, where est.ca names none yet' -x
complete -c msg -n '__msg_at "msg cert cacerts"' -l json -d 'one JSON object a certificate'
complete -c msg -n '__msg_at "msg cert needs-renewal"' -l label -d 'the certificate of this key of the store' -r -f -a '(__msg_dynamic keys)'
complete -c msg -n '__msg_at "msg cert needs-renewal"' -l expires-in -d 'time to renew: so long before its end (30d), or when so much of its time is over (75%); default: 66%' -x
complete -c msg -n '__msg_at "msg cert needs-renewal"' -l passphrase -d 'where the passphrase of a PKCS#12 file is, or none' -x
complete -c msg -n '__msg_at "msg cert needs-renewal"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg cert needs-renewal" 0' -F
complete -c msg -n '__msg_at "msg cert inspect"' -l passphrase -d 'where the passphrase of a PKCS#12 file is, or none' -x
complete -c msg -n '__msg_at "msg cert inspect"' -l json -d 'one JSON object a certificate'
complete -c msg -n '__msg_at "msg cert inspect" 0 more' -F
complete -c msg -n '__msg_at "msg cert verify"' -l name -d 'whose certificate it should be' -r -f -a '(__msg_dynamic peers)'
complete -c msg -n '__msg_at "msg cert verify"' -l purpose -d 'what it is for (default: message)' -r -f -a 'message tls-client tls-server any'
complete -c msg -n '__msg_at "msg cert verify"' -l at -d 'judge as of then: an ISO time, or how long ago, such as 2h' -x
complete -c msg -n '__msg_at "msg cert verify"' -l passphrase -d 'where the passphrase of a PKCS#12 file is, or none' -x
complete -c msg -n '__msg_at "msg cert verify"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg cert verify" 0 more' -F
complete -c msg -n '__msg_at "msg register"' -l label -d 'the key\'s label (default: the one that signs)' -r -f -a '(__msg_dynamic keys)'
complete -c msg -n '__msg_at "msg register"' -l guardian -d 'a cold account, for a name that open registration gives away' -x
complete -c msg -n '__msg_at "msg register"' -l dry-run -d 'show the calls and their gas, send nothing'
complete -c msg -n '__msg_at "msg register"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg rotate"' -l label -d 'the new key\'s label (default: the only one that could follow)' -r -f -a '(__msg_dynamic keys)'
complete -c msg -n '__msg_at "msg rotate"' -l dry-run -d 'show the calls and their gas, send nothing'
complete -c msg -n '__msg_at "msg rotate"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg revoke"' -l reason -d 'keyCompromise, superseded, cessationOfOperation, … (RFC 5280, section 5.3.1)' -r -f -a 'unspecified keyCompromise cACompromise affiliationChanged superseded cessationOfOperation privilegeWithdrawn aACompromise'
complete -c msg -n '__msg_at "msg revoke"' -l index -d 'the version (default: the newest)' -x
complete -c msg -n '__msg_at "msg revoke"' -s y -l yes -d 'do not ask'
complete -c msg -n '__msg_at "msg revoke"' -l dry-run -d 'show the calls and their gas, send nothing'
complete -c msg -n '__msg_at "msg revoke"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg peer" 0' -a 'list' -d 'list the peers, and whether each is trusted now'
complete -c msg -n '__msg_at "msg peer" 0' -a 'show' -d 'show everything that the directory says about a peer'
complete -c msg -n '__msg_at "msg peer" 0' -a 'verify' -d 'check a peer as a reader does, step by step; exit code 3 when it fails'
complete -c msg -n '__msg_at "msg peer list"' -l refresh -d 'look at the chain now, whatever the cache says'
complete -c msg -n '__msg_at "msg peer list"' -l json -d 'one JSON object a line'
complete -c msg -n '__msg_at "msg peer show"' -l refresh -d 'look at the chain now, whatever the cache says'
complete -c msg -n '__msg_at "msg peer show"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg peer show" 0' -f -a '(__msg_dynamic peers)'
complete -c msg -n '__msg_at "msg peer verify"' -l at -d 'judge validity as of then: an ISO time, or how long ago, such as 2h' -x
complete -c msg -n '__msg_at "msg peer verify"' -l refresh -d 'look at the chain now, whatever the cache says'
complete -c msg -n '__msg_at "msg peer verify"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg peer verify" 0' -f -a '(__msg_dynamic peers)'
complete -c msg -n '__msg_at "msg registry" 0' -a 'deploy' -d 'put a new directory on the chain'
complete -c msg -n '__msg_at "msg registry" 0' -a 'info' -d 'show the directory as the chain has it now, and one\'s own part in it'
complete -c msg -n '__msg_at "msg registry" 0' -a 'admit' -d 'give a name to an owner (registrar)'
complete -c msg -n '__msg_at "msg registry" 0' -a 'suspend' -d 'stop a peer at once (owner, guardian or revoker)'
complete -c msg -n '__msg_at "msg registry" 0' -a 'lift' -d 'lift a suspension (registrar)'
complete -c msg -n '__msg_at "msg registry" 0' -a 'remove' -d 'remove a peer for good; its name is never given out again (registrar)'
complete -c msg -n '__msg_at "msg registry" 0' -a 'operator' -d 'name the account that may publish for a peer (owner)'
complete -c msg -n '__msg_at "msg registry" 0' -a 'guardian' -d 'name the cold account that can recover a peer (owner, guardian)'
complete -c msg -n '__msg_at "msg registry" 0' -a 'offer' -d 'offer a peer to another account, which has to accept it (owner)'
complete -c msg -n '__msg_at "msg registry" 0' -a 'recover' -d 'give a peer to another account: guardian at once, registrar after the delay'
complete -c msg -n '__msg_at "msg registry" 0' -a 'accept' -d 'take over a peer that is on offer or was recovered (new owner)'
complete -c msg -n '__msg_at "msg registry" 0' -a 'object' -d 'stop a recovery (owner, guardian, registrar) or a change of guardian (owner, guardian)'
complete -c msg -n '__msg_at "msg registry" 0' -a 'grant' -d 'give an account a role: registrar or revoker (admin)'
complete -c msg -n '__msg_at "msg registry" 0' -a 'revoke-role' -d 'take a role from an account (admin)'
complete -c msg -n '__msg_at "msg registry" 0' -a 'open-registration' -d 'let anyone take a free name, or registrars alone (admin)'
complete -c msg -n '__msg_at "msg registry" 0' -a 'offer-admin' -d 'offer the admin\'s part to another account, which takes it after a delay (admin)'
complete -c msg -n '__msg_at "msg registry" 0' -a 'accept-admin' -d 'take the admin\'s part that is on offer, once the delay is over (new admin)'
complete -c msg -n '__msg_at "msg registry" 0' -a 'withdraw-admin' -d 'take an offer of the admin\'s part back (admin)'
complete -c msg -n '__msg_at "msg registry" 0' -a 'admin-delay' -d 'change how long handing over the admin\'s part takes (admin)'
complete -c msg -n '__msg_at "msg registry" 0' -a 'renounce-role' -d 'give up a role of one\'s own (registrar, revoker, admin)'
complete -c msg -n '__msg_at "msg registry" 0' -a 'freeze' -d 'stop the directory for good, but for revoking and suspending (admin)'
complete -c msg -n '__msg_at "msg registry deploy"' -l admin -d 'who gives out the roles (default: the own account)' -x
complete -c msg -n '__msg_at "msg registry deploy"' -l admin-delay -d 'how long handing over the admin takes (default: 1d)' -x
complete -c msg -n '__msg_at "msg registry deploy"' -l recovery-delay -d 'how long owners can object to a recovery by the registrar (default: 2d)' -x
complete -c msg -n '__msg_at "msg registry deploy"' -l open-registration -d 'let anyone take a free name: for tests and small groups'
complete -c msg -n '__msg_at "msg registry deploy"' -l save -d 'point the profile at it though it has a directory'
complete -c msg -n '__msg_at "msg registry deploy"' -l dry-run -d 'show the call and its gas, send nothing'
complete -c msg -n '__msg_at "msg registry deploy"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg registry info"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg registry admit"' -l owner -d 'the account that publishes for the peer' -x
complete -c msg -n '__msg_at "msg registry admit"' -l guardian -d 'a cold account of the owner\'s, to recover the peer with' -x
complete -c msg -n '__msg_at "msg registry admit"' -l dry-run -d 'show the call and its gas, send nothing'
complete -c msg -n '__msg_at "msg registry admit"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg registry suspend"' -s y -l yes -d 'do not ask'
complete -c msg -n '__msg_at "msg registry suspend"' -l dry-run -d 'show the call and its gas, send nothing'
complete -c msg -n '__msg_at "msg registry suspend"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg registry suspend" 0' -f -a '(__msg_dynamic peers)'
complete -c msg -n '__msg_at "msg registry lift"' -s y -l yes -d 'do not ask'
complete -c msg -n '__msg_at "msg registry lift"' -l dry-run -d 'show the call and its gas, send nothing'
complete -c msg -n '__msg_at "msg registry lift"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg registry lift" 0' -f -a '(__msg_dynamic peers)'
complete -c msg -n '__msg_at "msg registry remove"' -s y -l yes -d 'do not ask'
complete -c msg -n '__msg_at "msg registry remove"' -l dry-run -d 'show the call and its gas, send nothing'
complete -c msg -n '__msg_at "msg registry remove"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg registry remove" 0' -f -a '(__msg_dynamic peers)'
complete -c msg -n '__msg_at "msg registry operator"' -l dry-run -d 'show the call and its gas, send nothing'
complete -c msg -n '__msg_at "msg registry operator"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg registry guardian"' -l dry-run -d 'show the call and its gas, send nothing'
complete -c msg -n '__msg_at "msg registry guardian"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg registry offer"' -l dry-run -d 'show the call and its gas, send nothing'
complete -c msg -n '__msg_at "msg registry offer"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg registry recover"' -l owner -d 'the new owner' -x
complete -c msg -n '__msg_at "msg registry recover"' -s y -l yes -d 'do not ask'
complete -c msg -n '__msg_at "msg registry recover"' -l dry-run -d 'show the call and its gas, send nothing'
complete -c msg -n '__msg_at "msg registry recover"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg registry accept"' -l dry-run -d 'show the call and its gas, send nothing'
complete -c msg -n '__msg_at "msg registry accept"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg registry object"' -l dry-run -d 'show the call and its gas, send nothing'
complete -c msg -n '__msg_at "msg registry object"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg registry grant"' -l dry-run -d 'show the call and its gas, send nothing'
complete -c msg -n '__msg_at "msg registry grant"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg registry grant" 0' -f -a 'registrar revoker'
complete -c msg -n '__msg_at "msg registry revoke-role"' -l dry-run -d 'show the call and its gas, send nothing'
complete -c msg -n '__msg_at "msg registry revoke-role"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg registry revoke-role" 0' -f -a 'registrar revoker'
complete -c msg -n '__msg_at "msg registry open-registration"' -l dry-run -d 'show the call and its gas, send nothing'
complete -c msg -n '__msg_at "msg registry open-registration"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg registry open-registration" 0' -f -a 'on off'
complete -c msg -n '__msg_at "msg registry offer-admin"' -s y -l yes -d 'do not ask'
complete -c msg -n '__msg_at "msg registry offer-admin"' -l dry-run -d 'show the call and its gas, send nothing'
complete -c msg -n '__msg_at "msg registry offer-admin"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg registry accept-admin"' -l dry-run -d 'show the call and its gas, send nothing'
complete -c msg -n '__msg_at "msg registry accept-admin"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg registry withdraw-admin"' -l dry-run -d 'show the call and its gas, send nothing'
complete -c msg -n '__msg_at "msg registry withdraw-admin"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg registry admin-delay"' -l dry-run -d 'show the call and its gas, send nothing'
complete -c msg -n '__msg_at "msg registry admin-delay"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg registry renounce-role"' -s y -l yes -d 'do not ask'
complete -c msg -n '__msg_at "msg registry renounce-role"' -l dry-run -d 'show the call and its gas, send nothing'
complete -c msg -n '__msg_at "msg registry renounce-role"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg registry renounce-role" 0' -f -a 'registrar revoker admin'
complete -c msg -n '__msg_at "msg registry freeze"' -l successor -d 'the directory that follows: shown, never followed by itself' -x
complete -c msg -n '__msg_at "msg registry freeze"' -s y -l yes -d 'do not ask'
complete -c msg -n '__msg_at "msg registry freeze"' -l dry-run -d 'show the call and its gas, send nothing'
complete -c msg -n '__msg_at "msg registry freeze"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg account" 0' -a 'create' -d 'make an account, its key in an encrypted key store (V3)'
complete -c msg -n '__msg_at "msg account" 0' -a 'import' -d 'put a raw private key into an encrypted key store (V3)'
complete -c msg -n '__msg_at "msg account" 0' -a 'passphrase' -d 'change the passphrase of the account\'s key store'
complete -c msg -n '__msg_at "msg account" 0' -a 'show' -d 'show the account\'s address and kind'
complete -c msg -n '__msg_at "msg account create"' -s o -l out -d 'the key store (default: account.json among the profile\'s data)' -r -F
complete -c msg -n '__msg_at "msg account create"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg account import"' -l private-key -d 'where the key is: file:PATH, env:NAME or cmd:COMMAND' -x
complete -c msg -n '__msg_at "msg account import"' -s o -l out -d 'the key store (default: account.json among the profile\'s data)' -r -F
complete -c msg -n '__msg_at "msg account import"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg account passphrase"' -l new-passphrase -d 'where the new passphrase is' -x
complete -c msg -n '__msg_at "msg account show"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg init"' -l force -d 'replace a profile that is there'
complete -c msg -n '__msg_at "msg init"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg profile" 0' -a 'list' -d 'list the profiles'
complete -c msg -n '__msg_at "msg profile" 0' -a 'show' -d 'show the settings that hold now: flags, environment, profile, built-in'
complete -c msg -n '__msg_at "msg profile" 0' -a 'validate' -d 'check the settings without a network; exit code 2 when they cannot work'
complete -c msg -n '__msg_at "msg profile" 0' -a 'use' -d 'make a profile the current one'
complete -c msg -n '__msg_at "msg profile" 0' -a 'set' -d 'change a setting of the profile in use'
complete -c msg -n '__msg_at "msg profile" 0' -a 'unset' -d 'take a setting out of the profile in use'
complete -c msg -n '__msg_at "msg profile" 0' -a 'remove' -d 'forget a profile; its keys and its ledger stay'
complete -c msg -n '__msg_at "msg profile list"' -l json -d 'one JSON object a line'
complete -c msg -n '__msg_at "msg profile show"' -l origin -d 'every setting, and where its value came from'
complete -c msg -n '__msg_at "msg profile show"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg profile show" 0' -f -a '(__msg_dynamic profiles)'
complete -c msg -n '__msg_at "msg profile validate"' -l json -d 'one JSON object a problem'
complete -c msg -n '__msg_at "msg profile validate" 0' -f -a '(__msg_dynamic profiles)'
complete -c msg -n '__msg_at "msg profile use"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg profile use" 0' -f -a '(__msg_dynamic profiles)'
complete -c msg -n '__msg_at "msg profile set"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg profile set" 0' -f -a 'peer transport transport.ca transport.cert transport.key transport.key-passphrase transport.sasl transport.username transport.password transport.principal transport.topic transport.give-up-after chain.url chain.id chain.ca chain.auth chain.confirmations chain.max-block-age chain.fees directory account account.passphrase keys key.passphrase trust.anchors trust.naming trust.peers trust.crls trust.revocation trust.crl-fetch trust.crl-max-age trust.crl-timeout est.url est.ca est.username est.password est.cert est.key est.key-passphrase book.max-age book.max-stale inbox forward.auth forward.ca limits.message limits.quarantine limits.file limits.pending-files limits.pending-bytes limits.pending-for files.resend-after files.keep-for'
complete -c msg -n '__msg_at "msg profile set" 1' -f -a '(__msg_dynamic setting-values)'
complete -c msg -n '__msg_at "msg profile unset"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg profile unset" 0' -f -a 'peer transport transport.ca transport.cert transport.key transport.key-passphrase transport.sasl transport.username transport.password transport.principal transport.topic transport.give-up-after chain.url chain.id chain.ca chain.auth chain.confirmations chain.max-block-age chain.fees directory account account.passphrase keys key.passphrase trust.anchors trust.naming trust.peers trust.crls trust.revocation trust.crl-fetch trust.crl-max-age trust.crl-timeout est.url est.ca est.username est.password est.cert est.key est.key-passphrase book.max-age book.max-stale inbox forward.auth forward.ca limits.message limits.quarantine limits.file limits.pending-files limits.pending-bytes limits.pending-for files.resend-after files.keep-for'
complete -c msg -n '__msg_at "msg profile remove"' -s y -l yes -d 'do not ask'
complete -c msg -n '__msg_at "msg profile remove"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg profile remove" 0' -f -a '(__msg_dynamic profiles)'
complete -c msg -n '__msg_at "msg demo"' -l kafka -d 'carry the messages over a real Apache Kafka broker'
complete -c msg -n '__msg_at "msg demo"' -l secure -d 'as --kafka, with TLS, passwords and access rules'
complete -c msg -n '__msg_at "msg demo"' -l keep -d 'leave the network up, to play with'
complete -c msg -n '__msg_at "msg demo"' -l json -d 'one JSON object a step'
complete -c msg -n '__msg_at "msg sandbox" 0' -a 'up' -d 'start it: profiles alice and bob can write to each other at once'
complete -c msg -n '__msg_at "msg sandbox" 0' -a 'down' -d 'stop it; what it knows stays'
complete -c msg -n '__msg_at "msg sandbox" 0' -a 'status' -d 'say what runs and how to use it'
complete -c msg -n '__msg_at "msg sandbox up"' -l kafka -d 'over a real Apache Kafka broker (needs Java and Maven)'
complete -c msg -n '__msg_at "msg sandbox up"' -l secure -d 'as --kafka, with TLS, passwords and access rules'
complete -c msg -n '__msg_at "msg sandbox up"' -l chain-port -d 'the port of the chain' -x
complete -c msg -n '__msg_at "msg sandbox up"' -l broker-port -d 'the port of the broker' -x
complete -c msg -n '__msg_at "msg sandbox up"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg sandbox down"' -l purge -d 'forget the network, its profiles, keys and ledgers'
complete -c msg -n '__msg_at "msg sandbox status"' -l json -d 'a JSON object'
complete -c msg -n '__msg_at "msg completion" 0' -f -a 'bash zsh fish'
complete -c msg -n '__msg_at "msg help" 0 more' -f -a 'send request reply batch listen message outbox quarantine inbox receipt identity cert register rotate revoke peer registry account init profile demo sandbox completion settings environment exit-codes json handlers'
