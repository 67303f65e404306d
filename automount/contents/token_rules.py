"""The kinds of tokens that are recognised by their prefix; one expression searches all prefixes first."""

from __future__ import annotations

from automount.late_patterns import late_pattern

# What a token can begin with. The rules below decide about the rest of the word.
PREFIX = late_pattern(
    rb"(?:(?<![A-Za-z0-9])|(?<=/bot)|(?<=\\n))(?:A(?:KIA|SIA|BIA|BSK|CCA|Iza|GE-S|ccountKey=|T"
    rb"(?:ATT3|CTT3|BB)|KCp|KID|PI-)"
    rb"|gh[pousr]_|github_pat_|gl[a-z]+-|GR1348941|gl(?:sa|c)_|xox[a-z][-.]|xapp-|hooks\.s"
    rb"|GOCSPX-|ya29\.|1//0"
    rb"|[sr]k_live_|whsec_|sk[-_]|pypi-A|npm_|hf_|dckr_[po]at_|do[oprt]_v1_|dapi|shp[a-z]{2}_"
    rb"|SG\.|hv[sbr]\.|\d{8,10}:AA"
    rb"|eyJ|LS0tLS1C|SK[0-9a-f]|lin_|ntn_|secret_|PMAK-|NR(?:AK|II|RA)-|sntry[su]_|pat"
    rb"(?=[A-Za-z0-9]{14}\.|-[en]\w\d-)"
    rb"|gsk_|r8_|xai-|pplx-|sbp_|sb_secret_|pscale_|dp\.[a-z]|key-|sq0|EAA|AAAA|[MNO][A-Za-z0-9]{23,25}\."
    rb"|rubygems_|oy2|cio[A-Za-z0-9]|CLOJARS_|xkeysib-|re_|[A-Za-z0-9]{14}\.atlasv1\.|nvapi-"
    rb"|lsv2_|phx_|tskey-|figd_"
    rb"|sq[apu]_|pul-|PNU_|pnu_|CFPAT-|tfp_|ops_eyJ|LTAI|dt0c01\.|FLWSECK|rzp_live_|SWMTKN-1-"
    rb"|fo1_|nfp_|HRKU-|CC(?:IPAT|IPRJ)_"
    rb"|bkua_|sgp_|jina_|pcsk_|napi_|rnd_|vc[pk]_|access-production-|live_|shippo_live_|EZAK"
    rb"|aio_|duffel_live_|sl\."
    rb"|[0-9a-f]{32}-us\d|p8e-|xprv|nsec1|v1\.0-|cmVmdGtu|(?<![\w/+-])[a-z]{2,12}_"
    rb"(?:[a-z0-9]{1,10}_){0,3}(?=[A-Za-z0-9]{8}))"
)

# A code, what such a text looks like, and the expression.
TOKENS: tuple[tuple[str, str, str], ...] = (
    (
        "aws-access-key",
        "an AWS access key",
        r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])|ABSK[A-Za-z0-9+/]{100,}={0,2}",
    ),
    ("github-token", "a GitHub token", r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{70,}"),
    (
        "gitlab-token",
        "a GitLab token",
        r"gl(?:pat|dt|ptt|rt|rtr|cbt|soat|ffct|imt|agent|oas|ft|wt)-[A-Za-z0-9_.-]{20,}|GR1348941[\w-]{20}",
    ),
    (
        "slack-token",
        "a Slack token",
        r"(?:xoxe\.)?xox[a-z]-[A-Za-z0-9-]*\d[A-Za-z0-9%-]{9,}|xapp-\d-[A-Za-z0-9-]{20,}",
    ),
    (
        "slack-hook",
        "a Slack webhook",
        r"hooks\.slack\.com/(?:services/T\w{6,}/B\w{6,}|workflows/T\w{6,}/A\w{6,}/\d+)/\w{20,}",
    ),
    ("google-key", "a Google API key", r"AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])|GOCSPX-[A-Za-z0-9_-]{28}"),
    (
        "google-token",
        "a Google access token",
        r"ya29\.[A-Za-z0-9_-]{30,}|1//0[A-Za-z0-9_-]{40,}",
    ),
    ("stripe-key", "a Stripe live key", r"[sr]k_live_[A-Za-z0-9]{20,}|whsec_[A-Za-z0-9+/=]{32,}"),
    (
        "sk-key",
        "an API key",
        r"sk-(?:[a-z]{2,10}[0-9]{0,2}-){0,3}(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{32,}|sk_[0-9a-f]{48}",
    ),
    (
        "package-index-token",
        "a package index token",
        r"pypi-AgE[A-Za-z0-9_-]{50,}|npm_[A-Za-z0-9]{36}|rubygems_[0-9a-f]{48}|oy2[a-z0-9]{43}(?![A-Za-z0-9])"
        r"|cio[A-Za-z0-9]{32}(?![A-Za-z0-9])|CLOJARS_[a-z0-9]{60}|AKCp[A-Za-z0-9]{60,}"
        r"|cmVmdGtu[A-Za-z0-9]{50,}",
    ),
    ("table-service-token", "an Airtable token", r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}(?![A-Za-z0-9])"),
    ("hub-token", "a model hub token", r"hf_[A-Za-z0-9]{34}(?![A-Za-z0-9])"),
    ("discord-token", "a Discord bot token", r"[MNO][A-Za-z0-9]{23,25}\.[\w-]{6}\.[\w-]{27,38}"),
    ("messaging-key", "a Firebase server key", r"AAAA[\w-]{7}:APA91b[\w-]{130,}"),
    ("registry-settings", "container registry logins", r"eyJhdXRocyI6[A-Za-z0-9+/]{30,}"),
    ("docker-token", "a Docker token", r"dckr_[po]at_[A-Za-z0-9_-]{27,}|SWMTKN-1-[0-9a-z]{45,}-[0-9a-z]{25}"),
    ("digitalocean-token", "a DigitalOcean token", r"do[oprt]_v1_[a-f0-9]{64}"),
    ("databricks-token", "a Databricks token", r"dapi[a-f0-9]{32}(?![A-Za-z0-9])"),
    ("shopify-token", "a Shopify token", r"shp(?:at|ca|pa|ss|it)_[a-fA-F0-9]{32}"),
    ("sendgrid-key", "a SendGrid key", r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    ("vault-token", "a Vault token", r"hv[sbr]\.[A-Za-z0-9_-]{24,}"),
    (
        "encoded-key",
        "a private key in base64",
        r"LS0tLS1CRUdJTiB(?:QUklWQVRFIEtFW|SU0EgUFJJVkFURSBLRV|FQyBQUklWQVRFIEtFW"
        r"|EU0EgUFJJVkFURSBLRV|PUEVOU1NIIFBSSVZBVEUgS0VZ|FTkNSWVBURUQgUFJJVkFURSBLRV)"
        r"[A-Za-z0-9+/=]{40,}",
    ),
    ("twilio-key", "a Twilio API key", r"SK[0-9a-f]{32}(?![A-Za-z0-9])"),
    (
        "atlassian-token",
        "an Atlassian token",
        r"AT[AC]TT3[A-Za-z0-9_=-]{80,}|ATBB[A-Za-z0-9]{32}(?![A-Za-z0-9])",
    ),
    ("grafana-token", "a Grafana token", r"glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|glc_[A-Za-z0-9+/]{32,}"),
    ("linear-key", "a Linear API key", r"lin_(?:api|oauth)_[A-Za-z0-9]{32,}"),
    ("notion-token", "a Notion token", r"ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43}(?![A-Za-z0-9])"),
    ("postman-key", "a Postman API key", r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    ("new-relic-key", "a New Relic key", r"NR(?:AK|RA)-[A-Za-z0-9]{27,}|NRII-[\w-]{32}"),
    ("sentry-token", "a Sentry token", r"sntry[su]_[A-Za-z0-9+/=_-]{40,}"),
    (
        "model-service-key",
        "a model service API key",
        r"gsk_[A-Za-z0-9]{40,}|r8_[A-Za-z0-9]{37}|xai-[A-Za-z0-9]{70,}|pplx-[A-Za-z0-9]{40,}|nvapi-[\w-]{60,}"
        r"|lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}|jina_[A-Za-z0-9]{50,}|pcsk_\w{50,}",
    ),
    (
        "database-service-token",
        "a database service token",
        r"sbp_[0-9a-f]{40}|sb_secret_[\w-]{20,}|pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,}"
        r"|napi_[a-z0-9]{50,}",
    ),
    ("doppler-token", "a Doppler token", r"dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9_.-]{40,}"),
    ("mailgun-key", "a Mailgun key", r"key-[0-9a-f]{32}(?![A-Za-z0-9])"),
    (
        "mail-service-key",
        "a mail service key",
        r"xkeysib-[0-9a-f]{64}-\w{16}|re_[A-Za-z0-9]{6,10}_[A-Za-z0-9]{20,26}(?![A-Za-z0-9])"
        r"|[0-9a-f]{32}-us\d{1,2}(?![A-Za-z0-9])",
    ),
    ("square-token", "a Square token", r"sq0(?:atp|csp)-[A-Za-z0-9_-]{22,43}|EAAA[A-Za-z0-9_-]{60}"),
    ("age-key", "an age private key", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    ("telegram-token", "a Telegram bot token", r"\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])"),
    ("azure-key", "an Azure storage key", r"AccountKey=[A-Za-z0-9+/]{86}=="),
    (
        "signed-token",
        "a signed token (JWT)",
        r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}",
    ),
    (
        "service-token",
        "a service's access token",
        r"[A-Za-z0-9]{14}\.atlasv1\.[\w-]{50,}|tskey-[a-z]{3,8}-\w{10,}-\w{20,}|figd_[\w-]{40,}"
        r"|sq[apu]_[0-9a-f]{40}"
        r"|pul-[0-9a-f]{40}|CFPAT-[\w-]{43}|tfp_[\w.-]{50,}|ops_eyJ[\w-]{100,}"
        r"|LTAI[A-Za-z0-9]{16,20}(?![A-Za-z0-9])"
        r"|AKID[A-Za-z0-9]{32}(?![A-Za-z0-9])|dt0c01\.[A-Z0-9]{24}\.[A-Z0-9]{64}"
        r"|FLWSECK-[0-9a-f]{32}|rzp_live_[A-Za-z0-9]{14}"
        r"|HRKU-[\w-]{36,}|CCI(?:PAT|PRJ)_[\w-]{30,}|bkua_[0-9a-f]{40}|sgp_(?:[0-9a-f]{16}_)?[0-9a-f]{40}"
        r"|access-production-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|"
        r"(?:shippo_)?live_[0-9a-f]{35,40}(?![A-Za-z0-9])"
        r"|EZAK[A-Za-z0-9]{54}|aio_[A-Za-z0-9]{28}(?![A-Za-z0-9])|pat-[en][au]\d-[0-9a-f]{8}"
        r"(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
        r"|API-[A-Z0-9]{25,36}(?![A-Za-z0-9])|sl\.[A-Za-z0-9_-]{120,}|p8e-[0-9a-f]{32}"
        r"|v1\.0-[0-9a-f]{24}-[0-9a-f]{100,}"
        r"|EAA[A-Za-z0-9]{80,}|AAAAAAAAAAAAAAAAAAAAA[A-Za-z0-9%]{60,}|nsec1[02-9ac-hj-np-z]{58}"
        r"|xprv[1-9A-HJ-NP-Za-km-z]{107}",
    ),
    (
        "prefixed-token",
        "a service's access token",
        r"(?<![\w/+-])(?!(?:pk|pub\w*|public|sha\d*|md5|id|test|phc|price|cus|hash\w*|digest|integrity|etag)_)"
        r"[a-z]{2,12}_(?:(?!pub|pk_)[a-z0-9]{1,10}_){0,3}"
        r"(?=[A-Za-z0-9]{0,40}[a-z])(?=[A-Za-z0-9]{0,40}[A-Z])(?="
        r"(?:[A-Za-z]{0,40}\d){3})[A-Za-z0-9]{32,200}(?![A-Za-z0-9_/])",
    ),
)
